from django.urls import path

from commanda.web.team import keys, roles, views

urlpatterns = [
    path("team/", views.user_list, name="team"),
    path("team/new/", views.user_new, name="user_new"),
    path("team/<int:user_id>/", views.user_edit, name="user"),
    path("team/<int:user_id>/sign-out/", views.sign_out, name="user_sign_out"),
    path("team/roles/", roles.role_list, name="roles"),
    path("team/roles/new/", roles.role_edit, name="role_new"),
    path("team/roles/<int:role_id>/", roles.role_edit, name="role"),
    path("team/keys/", keys.key_list, name="keys"),
    path("team/keys/<int:key_id>/revoke/", keys.revoke, name="key_revoke"),
]
