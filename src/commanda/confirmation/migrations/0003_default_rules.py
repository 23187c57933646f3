"""What the policy said in one word becomes rules, in the order in which the program went through them."""

from typing import Any

from django.db import migrations

BY_HAND, BY_RULES = "manual", "rules"


def say_as_rules(apps: Any, _editor: Any) -> None:
    policies = apps.get_model("confirmation", "CallPolicy").objects
    rules = apps.get_model("confirmation", "AssignmentRule").objects
    policy = policies.first()
    if policy is None or rules.exists():
        return
    last = policy.assignment_method if policy.assignment_method == "least_loaded" else "round_robin"
    for position, method in enumerate(("creator", "former", last)):
        rules.create(method=method, position=position)
    policies.exclude(assignment_method=BY_HAND).update(assignment_method=BY_RULES)


class Migration(migrations.Migration):
    dependencies = [("confirmation", "0002_assignment_rules")]

    operations = [migrations.RunPython(say_as_rules, migrations.RunPython.noop)]
