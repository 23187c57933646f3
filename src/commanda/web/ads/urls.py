"""Ads: the daily grid of spend and what it brought, accounts, campaigns, rates, targets."""

from django.urls import path

from commanda.web.ads import accounts, campaigns, connecting, export, importing, rates, targets, views

urlpatterns = [
    path("ads/", views.grid, name="ads"),
    path("ads/import/", importing.sheet, name="ads_import"),
    path("ads/export/", export.download, name="ads_export"),
    path("ads/campaigns/", campaigns.campaign_list, name="ads_campaigns"),
    path("ads/campaigns/map/", campaigns.map_chosen, name="ads_campaigns_map"),
    path("ads/rules/", campaigns.rule_list, name="ads_rules"),
    path("ads/rules/<int:rule_id>/delete/", campaigns.remove_rule, name="ads_rule_delete"),
    path("ads/rules/<int:rule_id>/up/", campaigns.lift_rule, name="ads_rule_up"),
    path("ads/accounts/", accounts.account_list, name="ads_accounts"),
    path("ads/accounts/new/", connecting.ways, name="ads_account_new"),
    path("ads/accounts/new/meta/", connecting.new_meta, name="ads_account_new_meta"),
    path("ads/accounts/new/tiktok/", connecting.new_tiktok, name="ads_account_new_tiktok"),
    path("ads/accounts/new/file/", connecting.new_file, name="ads_account_new_file"),
    path("ads/accounts/<int:account_id>/", accounts.account_page, name="ads_account"),
    path("ads/accounts/<int:account_id>/token/", connecting.new_token, name="ads_account_token"),
    path("ads/accounts/<int:account_id>/run/", accounts.run_now, name="ads_account_run"),
    path("ads/accounts/<int:account_id>/pause/", accounts.pause, name="ads_account_pause"),
    path("ads/rates/", rates.rate_list, name="ads_rates"),
    path("ads/rates/<int:rate_id>/delete/", rates.remove, name="ads_rate_delete"),
    path("ads/targets/", targets.target_list, name="ads_targets"),
]
