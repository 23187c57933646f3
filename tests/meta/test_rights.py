"""Every right an administrator can give opens something, and nothing asks for a right that cannot be given."""

import re
from pathlib import Path

import commanda
from commanda.accounts.permissions import DEFAULT_ROLES, Perm

ROOT = Path(commanda.__file__).parent
DEFINITION = ROOT / "accounts" / "permissions.py"


def code():
    """Source and templates, without the definition of the rights."""
    paths = [*ROOT.rglob("*.py"), *ROOT.rglob("*.html")]
    return {path: path.read_text() for path in paths if path != DEFINITION and "migrations" not in path.parts}


def test_every_right_is_asked_for_somewhere():
    text = "\n".join(code().values())
    unused = [perm for perm in Perm if f"Perm.{perm.name}" not in text and f'"{perm.value}"' not in text]
    assert not unused


def test_templates_and_menus_ask_only_for_rights_that_exist():
    asked = {}
    for path, text in code().items():
        for right in re.findall(r"\|can:\"([\w.]+)\"|\.can\(\"([\w.]+)\"\)", text):
            asked[right[0] or right[1]] = path.name
    assert asked
    assert {right: name for right, name in asked.items() if right not in Perm.values} == {}


def test_every_right_is_in_a_default_role():
    given = {perm for _name, rights in DEFAULT_ROLES.values() for perm in rights}
    assert set(Perm) == given
