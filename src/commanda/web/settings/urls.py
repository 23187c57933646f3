from django.urls import path

from commanda.web.settings import agents, assignment, calling, hours, order_types, outcomes, views

urlpatterns = [
    path("settings/", views.index, name="settings"),
    path("settings/calls/", calling.limits, name="settings_calls"),
    path("settings/calls/outcomes/", outcomes.outcome_list, name="settings_outcomes"),
    path("settings/calls/outcomes/new/", outcomes.outcome_edit, name="settings_outcome_new"),
    path("settings/calls/outcomes/<int:outcome_id>/", outcomes.outcome_edit, name="settings_outcome"),
    path("settings/calls/outcomes/<int:outcome_id>/move/", outcomes.move, name="settings_outcome_move"),
    path("settings/calls/retries/", calling.retries, name="settings_retries"),
    path("settings/calls/retries/replan/", calling.replan_now, name="settings_replan"),
    path("settings/calls/hours/", hours.hours, name="settings_hours"),
    path("settings/calls/hours/<int:store_id>/", hours.hours, name="settings_store_hours"),
    path("settings/calls/hours/<int:store_id>/remove/", hours.remove, name="settings_store_hours_remove"),
    path("settings/calls/holidays/", hours.holiday_add, name="settings_holidays"),
    path("settings/calls/holidays/<int:holiday_id>/remove/", hours.holiday_remove, name="settings_holiday_remove"),
    path("settings/assignment/", assignment.rule_list, name="settings_assignment"),
    path("settings/assignment/new/", assignment.rule_edit, name="settings_rule_new"),
    path("settings/assignment/<int:rule_id>/", assignment.rule_edit, name="settings_rule"),
    path("settings/assignment/<int:rule_id>/change/", assignment.rule_change, name="settings_rule_change"),
    path("settings/assignment/dry-run/", assignment.dry_run, name="settings_dry_run"),
    path("settings/assignment/agents/", agents.agent_list, name="settings_agents"),
    path("settings/assignment/agents/<int:user_id>/", agents.agent_edit, name="settings_agent"),
    path("settings/stores/", views.stores, name="settings_stores"),
    path("settings/stores/<int:store_id>/", views.stores, name="settings_store"),
    path("settings/workflow/", views.workflow, name="settings_workflow"),
    path("settings/order-types/", order_types.order_types, name="settings_order_types"),
    path("settings/order-types/new/", order_types.order_type, name="settings_order_type_new"),
    path("settings/order-types/<int:type_id>/", order_types.order_type, name="settings_order_type"),
    path("settings/audit/", views.audit, name="settings_audit"),
]
