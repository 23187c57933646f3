from django.urls import path

from commanda.web.board import views

urlpatterns = [
    path("board/", views.team_board, name="board"),
    path("board/reassign/", views.reassign_orders, name="board_reassign"),
    path("board/undo/", views.undo, name="board_undo"),
]
