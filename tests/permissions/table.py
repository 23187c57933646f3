"""Who gets what at which address. One row per address and method; a new address without a row fails the test.

| word | |
|---|---|
| 200, 403, 404, 405 … | this status |
| in | sent to the sign-in page |
| → | sent elsewhere |
| ok | a write that was let in: done, or refused for what was sent (2xx, 3xx, 400, 409, 415, 422), not for who sent it |

Objects belong to the agent where objects belong to agents; what others get of them stands in `test_foreign.py`.
"""

TABLE = """
# address                              method  anonymous  admin  supervisor  agent  buyer
account_change_password                GET     in         200    200         200    200
account_change_password                POST    in         ok     ok          ok     ok
account_confirm_email                  GET     200        200    200         200    200
account_confirm_email                  POST    404        404    404         404    404
account_confirm_login_code             GET     in         →      →           →      →
account_confirm_login_code             POST    in         ok     ok          ok     ok
account_email                          GET     →          →      →           →      →
account_email                          POST    ok         ok     ok          ok     ok
account_email_verification_sent        GET     200        200    200         200    200
account_inactive                       GET     200        200    200         200    200
account_login                          GET     200        →      →           →      →
account_login                          POST    ok         ok     ok          ok     ok
account_logout                         GET     →          200    200         200    200
account_logout                         POST    ok         ok     ok          ok     ok
account_reauthenticate                 GET     in         200    200         200    200
account_reauthenticate                 POST    in         ok     ok          ok     ok
account_reset_password                 GET     200        200    200         200    200
account_reset_password                 POST    ok         ok     ok          ok     ok
account_reset_password_done            GET     200        200    200         200    200
account_reset_password_from_key        GET     200        200    200         200    200
account_reset_password_from_key        POST    ok         ok     ok          ok     ok
account_reset_password_from_key_done   GET     200        200    200         200    200
account_set_password                   GET     in         →      →           →      →
account_set_password                   POST    in         ok     ok          ok     ok
account_signup                         GET     200        →      →           →      →
account_signup                         POST    ok         ok     ok          ok     ok

ads                                    GET     in         200    403         403    200
ads                                    POST    in         ok     403         403    ok
ads_account                            GET     in         200    403         403    200
ads_account                            POST    in         ok     403         403    ok
ads_account_new                        GET     in         200    403         403    200
ads_account_new_file                   GET     in         200    403         403    200
ads_account_new_file                   POST    in         ok     403         403    ok
ads_account_new_meta                   GET     in         200    403         403    200
ads_account_new_meta                   POST    in         ok     403         403    ok
ads_account_new_tiktok                 GET     in         200    403         403    200
ads_account_new_tiktok                 POST    in         ok     403         403    ok
ads_account_pause                      POST    in         ok     403         403    ok
ads_account_run                        POST    in         ok     403         403    ok
ads_account_token                      GET     in         200    403         403    200
ads_account_token                      POST    in         ok     403         403    ok
ads_accounts                           GET     in         200    403         403    200
ads_campaigns                          GET     in         200    403         403    200
ads_campaigns_map                      POST    in         ok     403         403    ok
ads_export                             GET     in         200    403         403    200
ads_import                             GET     in         200    403         403    200
ads_import                             POST    in         ok     403         403    ok
ads_rate_delete                        POST    in         ok     403         403    ok
ads_rates                              GET     in         200    403         403    200
ads_rates                              POST    in         ok     403         403    ok
ads_rule_delete                        POST    in         ok     403         403    ok
ads_rule_up                            POST    in         ok     403         403    ok
ads_rules                              GET     in         200    403         403    200
ads_rules                              POST    in         ok     403         403    ok
ads_targets                            GET     in         200    403         403    200
ads_targets                            POST    in         404    403         403    403

alert_mute                             GET     in         200    404         404    200
alert_mute                             POST    in         ok     404         404    ok
alert_preferences                      GET     in         200    200         200    200
alert_preferences                      POST    in         ok     ok          ok     ok
alert_unmute                           POST    in         ok     404         404    404
alerts                                 GET     in         200    200         200    200
alerts_bell                            GET     in         200    200         200    200
alerts_panel                           GET     in         200    200         200    200
alerts_read                            POST    in         ok     ok          ok     ok

api:add_call                           POST    401        ok     ok          ok     403
api:comment                            POST    401        ok     ok          ok     403
api:create                             POST    401        ok     ok          ok     403
api:create_many                        POST    401        ok     ok          ok     403
api:list_calls                         GET     401        200    200         200    403
api:list_comments                      GET     401        200    200         200    403
api:list_events                        GET     401        200    200         200    403
api:list_orders                        GET     401        200    200         200    403
api:list_products                      GET     401        200    200         200    200
api:list_stock                         GET     401        200    200         200    200
api:me                                 GET     401        200    200         200    200
api:move                               POST    401        ok     ok          ok     403
api:move_many                          POST    401        ok     ok          ok     403
api:one_customer                       GET     401        200    200         200    403
api:one_order                          GET     401        200    200         200    403
api:openapi                            GET     200        200    200         200    200
api:patch                              PATCH   401        ok     ok          ok     403
api:picture                            GET     401        200    200         200    200
api:product_by_sku                     GET     401        200    200         200    200
api:replace_lines                      PUT     401        ok     ok          ok     403
api:root                               GET     404        404    404         404    404
api:root                               POST    404        404    404         404    404
api:unknown                            GET     404        404    404         404    404
api:unknown                            POST    404        404    404         404    404
api:workflow                           GET     401        200    200         200    200

board                                  GET     in         200    200         403    403
board_reassign                         POST    in         ok     ok          403    403
board_undo                             POST    in         ok     ok          403    403

call_order                             GET     in         200    200         200    403
call_order                             POST    in         ok     ok          ok     403
call_products                          GET     in         200    200         200    403
call_stock                             GET     in         200    200         200    403
call_undo                              POST    in         404    404         404    403
call_products                          GET     in         200    200         200    403
call_stock                             GET     in         200    200         200    403
call_undo                              POST    in         404    404         404    403
calls                                  GET     in         200    200         200    403
calls_bar                              GET     in         200    200         200    403
calls_queue                            GET     in         200    200         200    403

customer                               GET     in         200    200         200    403
customer                               POST    in         ok     ok          403    403
customer_block                         POST    in         ok     ok          403    403
customers                              GET     in         200    200         200    403

entry_choices                          GET     in         200    200         200    403
entry_client                           GET     in         200    200         200    403
entry_discard                          POST    in         404    404         ok     403
entry_file_remove                      POST    in         404    404         ok     403
entry_products                         GET     in         200    200         200    403
entry_read                             POST    in         ok     ok          ok     403
entry_resume                           GET     in         404    404         →      403
entry_save                             POST    in         404    404         ok     403
entry_start                            POST    in         ok     ok          ok     403
entry_step                             GET     in         404    404         200    403
entry_step                             POST    in         404    404         ok     403

finance                                GET     in         200    403         403    403
finance_bonuses                        POST    in         ok     403         403    403
finance_commissions                    GET     in         200    403         403    403
finance_cost                           GET     in         200    403         403    403
finance_cost                           POST    in         ok     403         403    403
finance_cost_remove                    POST    in         ok     403         403    403
finance_costs                          GET     in         200    403         403    403
finance_costs                          POST    in         ok     403         403    403
finance_costs_export                   GET     in         200    403         403    403
finance_costs_import                   GET     in         200    403         403    403
finance_costs_import                   POST    in         ok     403         403    403
finance_costs_import_preview           GET     in         200    403         403    403
finance_costs_import_preview           POST    in         ok     403         403    403
finance_costs_template                 GET     in         200    403         403    403
finance_expense                        GET     in         200    403         403    403
finance_expense_correct                GET     in         200    403         403    403
finance_expense_correct                POST    in         ok     403         403    403
finance_expense_daily                  POST    in         ok     403         403    403
finance_expense_new                    GET     in         200    403         403    403
finance_expense_new                    POST    in         ok     403         403    403
finance_expense_stop                   POST    in         ok     403         403    403
finance_expense_void                   POST    in         ok     403         403    403
finance_expenses                       GET     in         200    403         403    403
finance_expenses_export                GET     in         200    403         403    403
finance_expenses_import                GET     in         200    403         403    403
finance_expenses_import                POST    in         ok     403         403    403
finance_expenses_import_preview        GET     in         200    403         403    403
finance_expenses_import_preview        POST    in         ok     403         403    403
finance_expenses_template              GET     in         200    403         403    403
finance_fees                           GET     in         200    403         403    403
finance_fees                           POST    in         ok     403         403    403
finance_plan                           GET     in         200    403         403    403
finance_plan                           POST    in         ok     403         403    403
finance_plan_begin                     POST    in         ok     403         403    403
finance_plan_copy                      POST    in         ok     403         403    403
finance_plan_new                       GET     in         200    403         403    403
finance_plan_new                       POST    in         ok     403         403    403
finance_plan_remove                    POST    in         ok     403         403    403
finance_plan_simulation                GET     in         200    403         403    403
finance_plans                          GET     in         200    403         403    403
finance_product                        GET     in         200    403         403    403
finance_receipt                        GET     in         200    403         403    403
finance_receipt_add                    POST    in         ok     403         403    403
finance_receipt_remove                 POST    in         ok     403         403    403
finance_statement                      GET     in         200    403         403    403
finance_statement_approve              POST    in         ok     403         403    403
finance_statement_discard              POST    in         ok     403         403    403
finance_statement_pay                  POST    in         ok     403         403    403
finance_statement_reopen               POST    in         ok     403         403    403
finance_statements                     GET     in         200    403         403    403
finance_statements                     POST    in         ok     403         403    403

my_commission                          GET     in         403    403         200    403
statement_file                         GET     in         200    403         200    403
statement_print                        GET     in         200    403         200    403

first_run                              GET     404        404    404         404    404
first_run                              POST    404        404    404         404    404
first_run_checklist                    GET     in         200    403         403    403
first_run_checklist                    POST    in         ok     403         403    403

healthz                                GET     200        200    200         200    200

home                                   GET     in         200    200         200    200

intake                                 GET     in         200    403         403    403
intake_delivery_retry                  POST    in         ok     403         403    403
intake_hook                            POST    401        401    401         401    401
intake_inbox                           GET     in         200    403         403    403
intake_inbox_bulk                      POST    in         ok     403         403    403
intake_inbox_download                  GET     in         200    403         403    403
intake_inbox_save                      POST    in         ok     403         403    403
intake_mending                         GET     in         200    403         403    403
intake_mending                         POST    in         ok     403         403    403
intake_new_account                     GET     in         200    403         403    403
intake_new_account                     POST    in         ok     403         403    403
intake_new_hook                        GET     in         200    403         403    403
intake_new_hook                        POST    in         ok     403         403    403
intake_new_link                        GET     in         200    403         403    403
intake_new_link                        POST    in         ok     403         403    403
intake_new_script                      GET     in         200    403         403    403
intake_new_script                      POST    in         ok     403         403    403
intake_paste                           GET     in         200    403         403    403
intake_paste                           POST    in         ok     403         403    403
intake_row_ignore                      POST    in         ok     403         403    403
intake_row_mend                        POST    in         ok     403         403    403
intake_row_reopen                      POST    in         ok     403         403    403
intake_row_settle                      POST    in         ok     403         403    403
intake_run                             GET     in         200    403         403    403
intake_run_cancel                      POST    in         ok     403         403    403
intake_run_resume                      POST    in         ok     403         403    403
intake_runs                            GET     in         200    403         403    403
intake_source                          GET     in         200    403         403    403
intake_source                          POST    in         ok     403         403    403
intake_source_hook                     GET     in         →      403         403    403
intake_source_hook                     POST    in         ok     403         403    403
intake_source_hook_close               POST    in         ok     403         403    403
intake_source_key                      GET     in         200    403         403    403
intake_source_key                      POST    in         ok     403         403    403
intake_source_mapping                  GET     in         →      403         403    403
intake_source_mapping                  POST    in         ok     403         403    403
intake_source_new                      GET     in         200    403         403    403
intake_source_pause                    POST    in         ok     403         403    403
intake_source_run                      POST    in         ok     403         403    403
intake_source_shared                   GET     in         200    403         403    403
intake_source_sheet                    GET     in         200    403         403    403
intake_source_sheet                    POST    in         ok     403         403    403
intake_upload                          GET     in         200    403         403    403
intake_upload                          POST    in         ok     403         403    403
intake_upload_preview                  GET     in         200    403         403    403
intake_upload_preview                  POST    in         ok     403         403    403
intake_write_back                      GET     in         →      403         403    403
intake_write_back                      POST    in         ok     403         403    403

key_revoke                             POST    in         ok     403         403    403
keys                                   GET     in         200    403         403    403
keys                                   POST    in         ok     403         403    403

media                                  GET     in         200    200         200    200

mentions                               GET     in         200    200         200    403
mentions_read                          POST    in         ok     ok          ok     403

mfa_activate_totp                      GET     in         →      →           →      →
mfa_activate_totp                      POST    in         ok     ok          ok     ok
mfa_add_webauthn                       GET     in         →      →           →      →
mfa_add_webauthn                       POST    in         ok     ok          ok     ok
mfa_authenticate                       GET     in         →      →           →      →
mfa_authenticate                       POST    in         ok     ok          ok     ok
mfa_deactivate_totp                    GET     in         404    404         404    404
mfa_deactivate_totp                    POST    in         404    404         404    404
mfa_download_recovery_codes            GET     in         404    404         404    404
mfa_download_recovery_codes            POST    in         404    404         404    404
mfa_edit_webauthn                      GET     in         →      →           →      →
mfa_edit_webauthn                      POST    in         ok     ok          ok     ok
mfa_generate_recovery_codes            GET     in         →      →           →      →
mfa_generate_recovery_codes            POST    in         ok     ok          ok     ok
mfa_index                              GET     in         200    200         200    200
mfa_list_webauthn                      GET     in         200    200         200    200
mfa_login_webauthn                     GET     in         →      →           →      →
mfa_login_webauthn                     POST    in         ok     ok          ok     ok
mfa_reauthenticate                     GET     in         →      →           →      →
mfa_reauthenticate                     POST    in         ok     ok          ok     ok
mfa_reauthenticate_webauthn            GET     in         →      →           →      →
mfa_reauthenticate_webauthn            POST    in         ok     ok          ok     ok
mfa_remove_webauthn                    GET     in         →      →           →      →
mfa_remove_webauthn                    POST    in         ok     ok          ok     ok
mfa_view_recovery_codes                GET     in         404    404         404    404

live_orders                            GET     in         200    200         200    403

order                                  GET     in         200    200         200    403
order_apart                            POST    in         ok     ok          403    403
order_assign                           POST    in         ok     ok          403    403
order_attach                           POST    in         ok     ok          ok     403
order_attachment                       GET     in         200    200         200    403
order_client                           GET     in         200    200         200    403
order_comment                          POST    in         ok     ok          ok     403
order_detach                           POST    in         ok     ok          ok     403
order_drawer                           GET     in         200    200         200    403
order_duplicates                       GET     in         200    200         403    403
order_edit                             GET     in         200    200         200    403
order_edit                             POST    in         ok     ok          ok     403
order_merge                            POST    in         ok     ok          403    403
order_move                             POST    in         ok     ok          ok     403
order_part                             POST    in         ok     ok          403    403
order_new                              GET     in         200    200         200    403
order_new                              POST    in         ok     ok          ok     403
order_tags                             POST    in         ok     ok          ok     403
orders                                 GET     in         200    200         200    403
orders_bulk                            POST    in         ok     ok          ok     403
orders_bulk_run                        GET     in         404    404         404    403
orders_columns                         GET     in         200    200         200    403
orders_columns                         POST    in         ok     ok          ok     403
orders_export                          GET     in         200    200         200    403
orders_filters                         GET     in         200    200         200    403
orders_print                           GET     in         200    200         200    403
orders_start_view                      POST    in         ok     ok          ok     403
orders_statistics                      GET     in         200    200         200    403
orders_view_action                     POST    in         ok     ok          ok     403
orders_views                           GET     in         200    200         200    403
orders_views                           POST    in         ok     ok          ok     403

presence                               GET     in         200    200         200    403
presence                               POST    in         ok     ok          ok     403

product                                GET     in         200    200         200    200
product_alias                          POST    in         ok     403         403    403
product_alias_remove                   POST    in         ok     403         403    403
product_edit                           GET     in         200    403         403    403
product_edit                           POST    in         ok     403         403    403
product_new                            GET     in         200    403         403    403
product_new                            POST    in         ok     403         403    403
product_offer                          POST    in         ok     403         403    403
product_offer_new                      POST    in         ok     403         403    403
product_offer_remove                   POST    in         ok     403         403    403
products                               GET     in         200    200         200    200

profile                                GET     in         200    200         200    200
profile                                POST    in         ok     ok          ok     ok

readyz                                 GET     503        503    503         503    503

report                                 GET     in         200    200         200    200
report_export                          GET     in         200    200         200    200
report_print                           GET     in         200    200         200    200
report_rows                            GET     in         200    200         200    200
report_rows_export                     GET     in         200    200         200    200
report_schedule                        GET     in         200    404         200    404
report_schedule                        POST    in         ok     404         ok     404
report_schedule_delete                 POST    in         ok     404         ok     404
report_schedule_new                    GET     in         200    200         200    200
report_schedule_new                    POST    in         ok     ok          ok     ok
report_schedule_pause                  POST    in         ok     404         ok     404
report_schedule_send                   POST    in         ok     404         ok     404
report_schedules                       GET     in         200    200         200    200
reports                                GET     in         200    200         200    200

role                                   GET     in         200    403         403    403
role                                   POST    in         ok     403         403    403
role_new                               GET     in         200    403         403    403
role_new                               POST    in         ok     403         403    403
roles                                  GET     in         200    403         403    403

set_language                           GET     →          →      →           →      →
set_language                           POST    ok         ok     ok          ok     ok

settings                               GET     in         200    403         403    403
settings_agent                         GET     in         200    403         403    403
settings_agent                         POST    in         ok     403         403    403
settings_agents                        GET     in         200    403         403    403
settings_alert                         GET     in         200    403         403    403
settings_alert                         POST    in         ok     403         403    403
settings_alert_change                  POST    in         ok     403         403    403
settings_alert_kinds                   GET     in         200    403         403    403
settings_alert_new                     GET     in         200    403         403    403
settings_alert_new                     POST    in         ok     403         403    403
settings_alerts                        GET     in         200    403         403    403
settings_assignment                    GET     in         200    403         403    403
settings_audit                         GET     in         200    403         403    403
settings_calls                         GET     in         200    403         403    403
settings_calls                         POST    in         ok     403         403    403
settings_dry_run                       GET     in         200    403         403    403
settings_dry_run                       POST    in         ok     403         403    403
settings_holiday_remove                POST    in         ok     403         403    403
settings_holidays                      POST    in         ok     403         403    403
settings_hours                         GET     in         200    403         403    403
settings_hours                         POST    in         ok     403         403    403
settings_order_type                    GET     in         200    403         403    403
settings_order_type                    POST    in         ok     403         403    403
settings_order_type_new                GET     in         200    403         403    403
settings_order_type_new                POST    in         ok     403         403    403
settings_order_types                   GET     in         200    403         403    403
settings_outcome                       GET     in         200    403         403    403
settings_outcome                       POST    in         ok     403         403    403
settings_outcome_move                  POST    in         ok     403         403    403
settings_outcome_new                   GET     in         200    403         403    403
settings_outcome_new                   POST    in         ok     403         403    403
settings_outcomes                      GET     in         200    403         403    403
settings_replan                        POST    in         ok     403         403    403
settings_retries                       GET     in         200    403         403    403
settings_retries                       POST    in         ok     403         403    403
settings_rule                          GET     in         200    403         403    403
settings_rule                          POST    in         ok     403         403    403
settings_rule_change                   POST    in         ok     403         403    403
settings_rule_new                      GET     in         200    403         403    403
settings_rule_new                      POST    in         ok     403         403    403
settings_store                         GET     in         200    403         403    403
settings_store                         POST    in         ok     403         403    403
settings_store_hours                   GET     in         200    403         403    403
settings_store_hours                   POST    in         ok     403         403    403
settings_store_hours_remove            POST    in         ok     403         403    403
settings_stores                        GET     in         200    403         403    403
settings_stores                        POST    in         ok     403         403    403
settings_workflow                      GET     in         200    403         403    403

shipping                               GET     in         200    200         403    403
shipping_carrier                       GET     in         200    403         403    403
shipping_carrier                       POST    in         ok     403         403    403
shipping_carrier_new                   GET     in         200    403         403    403
shipping_carrier_new                   POST    in         ok     403         403    403
shipping_carriers                      GET     in         200    403         403    403
shipping_change                        POST    in         ok     ok          403    403
shipping_inspect                       POST    in         ok     ok          403    403
shipping_manifest                      GET     in         200    200         403    403
shipping_manifest_file                 GET     in         200    200         403    403
shipping_manifest_print                GET     in         200    200         403    403
shipping_manifests                     GET     in         200    200         403    403
shipping_record                        GET     in         200    200         403    403
shipping_record                        POST    in         ok     ok          403    403
shipping_returns                       GET     in         200    200         403    403
shipping_send                          POST    in         ok     ok          403    403
shipping_sent                          GET     in         200    200         403    403
shipping_tracking                      GET     in         200    200         403    403
shipping_tracking                      POST    in         ok     ok          403    403

stock                                  GET     in         200    200         200    200
stock_adjust                           GET     in         200    403         403    403
stock_adjust                           POST    in         ok     403         403    403
stock_count                            GET     in         200    403         403    403
stock_count                            POST    in         ok     403         403    403
stock_export                           GET     in         200    200         200    200
stock_item                             GET     in         200    200         200    200
stock_quarantine                       POST    in         ok     403         403    403
stock_receive                          GET     in         200    403         403    403
stock_receive                          POST    in         ok     403         403    403

team                                   GET     in         200    403         403    403

user                                   GET     in         200    403         403    403
user                                   POST    in         ok     403         403    403
user_new                               GET     in         200    403         403    403
user_new                               POST    in         ok     403         403    403
user_sign_out                          POST    in         ok     403         403    403

usersessions_list                      GET     in         200    200         200    200
usersessions_list                      POST    in         ok     ok          ok     ok
"""


def rows() -> dict[tuple[str, str], dict[str, str]]:
    """(address, method) → role → word."""
    lines = [line.split() for line in TABLE.splitlines() if line.strip()]
    roles = lines[0][3:]
    return {(name, method): dict(zip(roles, words, strict=True)) for name, method, *words in lines[1:]}
