from django.urls import path

from commanda.web.reports import rows, schedules, views

urlpatterns = [
    path("reports/", views.catalogue, name="reports"),
    path("reports/rows/", rows.rows_page, name="report_rows"),
    path("reports/rows/export/<slug:kind>/", rows.rows_export, name="report_rows_export"),
    path("reports/schedules/", schedules.schedule_list, name="report_schedules"),
    path("reports/schedules/new/", schedules.schedule_new, name="report_schedule_new"),
    path("reports/schedules/<int:schedule_id>/", schedules.schedule_edit, name="report_schedule"),
    path("reports/schedules/<int:schedule_id>/pause/", schedules.schedule_pause, name="report_schedule_pause"),
    path("reports/schedules/<int:schedule_id>/send/", schedules.schedule_send, name="report_schedule_send"),
    path("reports/schedules/<int:schedule_id>/delete/", schedules.schedule_delete, name="report_schedule_delete"),
    # Last: the catalogue's slugs are no fixed words.
    path("reports/<slug:report_slug>/", views.report_page, name="report"),
    path("reports/<slug:report_slug>/export/<slug:kind>/", views.report_export, name="report_export"),
    path("reports/<slug:report_slug>/print/", views.report_print, name="report_print"),
]
