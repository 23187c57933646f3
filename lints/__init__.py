"""Our own lints: the house rules of ARCHITECTURE.md that no bought tool knows.

    python -m lints src            # path:line: CODE message, one finding a line; exit status 1 when there are any

| code | rule | module |
|---|---|---|
| CM101 | the database is written only in `services/`, `default_*.py` and migrations | writes |
| CM102 | rows are locked only in `locks.py` | locks |
| CM103 | amounts and quantities are never floats | numbers |
| CM104 | web and API read only what the actor may see | scoping |
| CM105 | files of at most 400 lines, functions of at most 50 | sizes |
| CM106 | functions say their types | annotations |
| CM201 | templates of at most 150 lines | sizes |
| CM202 | no inline script, style or handler in templates | markup |
| CM203 | no physical directions in classes and CSS: pages turn around for Arabic | direction |
| CM204 | every visible text in templates is translatable | wording |
| CM205 | no filter where a component takes an object | components |

A line that must break a rule says so and why: `# lint-ok: CM101 the cache is not ours` (in CSS `/* … */`, in
templates `{# … #}`). Without a reason it does not count.
"""
