"""Sources, uploads, runs and the inbox."""

from django.urls import path

from commanda.web.intake import connecting, hooks, inbox, mapping, pasting, runs, sources, uploads

urlpatterns = [
    path("intake/", sources.source_list, name="intake"),
    path("intake/new/", connecting.ways, name="intake_source_new"),
    path("intake/new/link/", connecting.new_link, name="intake_new_link"),
    path("intake/new/account/", connecting.new_account, name="intake_new_account"),
    path("intake/new/hook/", connecting.new_hook, name="intake_new_hook"),
    path("intake/new/script/", connecting.new_script, name="intake_new_script"),
    path("intake/sources/<int:source_id>/", sources.source_page, name="intake_source"),
    path("intake/sources/<int:source_id>/sheet/", connecting.choose, name="intake_source_sheet"),
    path("intake/sources/<int:source_id>/shared/", connecting.shared, name="intake_source_shared"),
    path("intake/sources/<int:source_id>/hook/", hooks.hook_page, name="intake_source_hook"),
    path("intake/sources/<int:source_id>/hook/close/", hooks.close, name="intake_source_hook_close"),
    path(
        "intake/sources/<int:source_id>/deliveries/<int:delivery_id>/retry/",
        hooks.retry,
        name="intake_delivery_retry",
    ),
    path("intake/sources/<int:source_id>/key/", connecting.new_key, name="intake_source_key"),
    path("intake/sources/<int:source_id>/mapping/", mapping.mapping, name="intake_source_mapping"),
    path("intake/sources/<int:source_id>/run/", sources.run_now, name="intake_source_run"),
    path("intake/sources/<int:source_id>/pause/", sources.pause, name="intake_source_pause"),
    path("intake/paste/", pasting.paste, name="intake_paste"),
    path("intake/upload/", uploads.upload, name="intake_upload"),
    path("intake/uploads/<uuid:upload_id>/", uploads.preview, name="intake_upload_preview"),
    path("intake/runs/", runs.run_list, name="intake_runs"),
    path("intake/runs/<int:run_id>/", runs.run_page, name="intake_run"),
    path("intake/runs/<int:run_id>/cancel/", runs.cancel, name="intake_run_cancel"),
    path("intake/runs/<int:run_id>/resume/", runs.resume, name="intake_run_resume"),
    path("intake/inbox/", inbox.inbox_page, name="intake_inbox"),
    path("intake/inbox/download/", inbox.download, name="intake_inbox_download"),
    path("intake/inbox/retry/", inbox.retry, name="intake_inbox_retry"),
    path("intake/inbox/<int:row_id>/mend/", inbox.mend, name="intake_row_mend"),
    path("intake/inbox/<int:row_id>/ignore/", inbox.ignore, name="intake_row_ignore"),
    path("intake/inbox/<int:row_id>/reopen/", inbox.reopen, name="intake_row_reopen"),
    path("intake/inbox/<int:row_id>/settle/", inbox.settle, name="intake_row_settle"),
]
