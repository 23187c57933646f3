"""Alerts: the list, the bell, silence, own mails; and the rules among the settings."""

from django.urls import path

from commanda.web.alerts import bell, listing, muting, preferences, rules

urlpatterns = [
    path("alerts/", listing.alert_list, name="alerts"),
    path("alerts/read/", listing.alerts_read, name="alerts_read"),
    path("alerts/bell/", bell.bell, name="alerts_bell"),
    path("alerts/panel/", bell.panel, name="alerts_panel"),
    path("alerts/mine/", preferences.preferences, name="alert_preferences"),
    path("alerts/<int:alert_id>/mute/", muting.mute, name="alert_mute"),
    path("alerts/mutes/<int:mute_id>/remove/", muting.remove, name="alert_unmute"),
    path("settings/alerts/", rules.rule_list, name="settings_alerts"),
    path("settings/alerts/new/", rules.kinds, name="settings_alert_kinds"),
    path("settings/alerts/new/<slug:alert_kind>/", rules.new_rule, name="settings_alert_new"),
    path("settings/alerts/<int:alert_rule_id>/", rules.edit_rule, name="settings_alert"),
    path("settings/alerts/<int:alert_rule_id>/change/", rules.change, name="settings_alert_change"),
]
