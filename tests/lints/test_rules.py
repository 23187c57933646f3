"""Each rule finds what it forbids, leaves alone what it allows, and can be excused with a reason."""

from pathlib import Path
from textwrap import dedent

import pytest

from lints import annotations, components, direction, locks, markup, numbers, scoping, sizes, wording, writes
from lints.runner import lint
from lints.source import Source


def found(rule, text, path="src/commanda/orders/views.py", *extra):
    return [finding.line for finding in rule.check(Source(Path(path), dedent(text)), *extra)]


@pytest.mark.parametrize(
    "code",
    [
        "order.save()",
        "order.save(update_fields=['state'])",
        "Order.objects.create(phone='x')",
        "order.comments.create(text='x')",
        "Order.objects.filter(pk=1).update(state=2)",
        "Order.objects.update(**changes)",
        "Order.objects.filter(pk=1).delete()",
        "Order.objects.bulk_create(rows)",
        "insert_rows(Order, ('id',), rows)",
        "Order.objects.bulk_update(rows, ['state'])",
        "Order.objects.get_or_create(pk=1)",
        "Order.objects.update_or_create(pk=1)",
        "form.save()",
        "cursor.execute('UPDATE orders_order SET stage = 1')",
        "cursor.execute(f'DELETE FROM {table} WHERE id = 1')",
        "SQL = '''\nINSERT  INTO orders_order (id) VALUES (1)'''",
        "SQL = 'WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a'",
        "SQL = 'TRUNCATE orders_order'",
    ],
)
def test_write_is_found_outside_of_services(code):
    assert found(writes, code)
    assert not found(writes, code, "src/commanda/orders/services/edit.py")
    assert not found(writes, code, "src/commanda/orders/default_workflow.py")
    assert not found(writes, code, "src/commanda/orders/migrations/0002_x.py")


@pytest.mark.parametrize(
    "code",
    [
        "{}.update(other)",
        "seen.update(ids, more)",
        "cache.delete('key')",
        "storage.save('name', content)",
        "picture.save(buffer, 'PNG')",
        "class A:\n    def save(self, *args):\n        super().save(*args)",
        "digest.update(b'x')",
        "thing.create()",
        '"""We UPDATE orders SET nothing."""',
        "SQL = 'BEFORE UPDATE OR DELETE ON x FOR EACH ROW'",
        "SQL = 'BEFORE TRUNCATE ON x'",
        "SQL = 'SELECT updated_at FROM x'",
    ],
)
def test_look_alike_is_no_write(code):
    assert not found(writes, code)


@pytest.mark.parametrize(
    "code",
    [
        "Order.objects.select_for_update()",
        "rows = (Order.objects\n    .filter(pk=1)\n    .select_for_update(of=('self',)))",
        "SQL = 'SELECT 1 FROM x FOR UPDATE SKIP LOCKED'",
        "SQL = 'SELECT 1 FROM x FOR NO KEY UPDATE'",
        "cursor.execute('SELECT pg_advisory_xact_lock(1)')",
        "cursor.execute('LOCK TABLE x')",
    ],
)
def test_lock_is_found_outside_of_locks(code):
    assert found(locks, code)
    assert not found(locks, code, "src/commanda/orders/locks.py")


@pytest.mark.parametrize(
    "code",
    [
        "total_amount = 1.5",
        "order.total_amount = -1.5",
        "row['total_amount'] = 0.0",
        "total_amount: float = 0",
        "def f(total_amount: float) -> None: ...",
        "def f(back_qty: float | None) -> None: ...",
        "Line(unit_price_amount=9.99)",
        "x = float(order.total_amount)",
        "x = float(sum(row.back_qty for row in rows))",
        "x = total_amount * 1.2",
        "x = 0.5 * order.quantity",
        "if total_amount > 0.5: pass",
        "price = models.FloatField()",
    ],
)
def test_float_is_found_on_amounts_and_quantities(code):
    assert found(numbers, code)


@pytest.mark.parametrize(
    "code",
    [
        "total_amount = Decimal('1.5')",
        "timeout = 1.5",
        "ratio = float(seconds)",
        "x = total_amount * 2",
        "def f(rate: float) -> None: ...",
        "Line(weight=1.5)",
    ],
)
def test_float_is_allowed_elsewhere(code):
    assert not found(numbers, code)


REFERENCES = frozenset({"City"})


@pytest.mark.parametrize(
    "code",
    [
        "Order.objects.all()",
        "Order.objects.filter(pk=1).visible_to(actor)",
        "rows = Order.objects",
        "Order._default_manager.get(pk=1)",
        "get_object_or_404(Order, pk=1)",
        "Prefetch('lines', OrderLine.objects.order_by('id'))",
    ],
)
@pytest.mark.parametrize("area", ["web/orders/views.py", "api/orders/reading.py"])
def test_unscoped_read_is_found_in_web_and_api(code, area):
    assert found(scoping, code, f"src/commanda/{area}", REFERENCES)
    assert not found(scoping, code, "src/commanda/orders/selectors.py", REFERENCES)


@pytest.mark.parametrize(
    "code",
    [
        "Order.objects.visible_to(actor).filter(pk=1)",
        "Order.objects\\\n    .visible_to(actor)",
        "Variant.objects.none()",
        "City.objects.filter(is_active=True)",
        "get_object_or_404(City, pk=1)",
        "get_object_or_404(orders_of(actor), pk=1)",
        "order.lines.all()",
    ],
)
def test_scoped_read_is_allowed_in_web(code):
    assert not found(scoping, code, "src/commanda/web/orders/views.py", REFERENCES)


def test_reference_models_are_read_from_the_policies():
    text = "classify('customers.City', RowScope.REFERENCE)\nclassify('orders.Order', RowScope.SCOPED, a=B.C)"
    assert scoping.reference_models([Source(Path("a/policies.py"), text)]) == {"City"}
    assert scoping.reference_models([Source(Path("a/other.py"), text)]) == frozenset()


def test_long_function_and_file_are_found():
    long_function = "def f():\n" + "    x = 1\n" * 50
    assert found(sizes, long_function) == [1]
    assert not found(sizes, "def f():\n" + "    x = 1\n" * 49)
    assert found(sizes, "x = 1\n" * 401)
    assert not found(sizes, "x = 1\n" * 400)
    assert found(sizes, "a{}\n" * 401, "a.css")
    assert found(sizes, "<p></p>\n" * 151, "a.html")
    assert not found(sizes, "<p></p>\n" * 150, "a.html")
    assert not found(sizes, "x = 1\n" * 900, "orders/migrations/0001.py")


@pytest.mark.parametrize(
    "code",
    [
        "def f(a): ...",
        "def f(a: int): ...",
        "def f(*, a) -> None: ...",
        "def f(*args: int, **kwargs) -> None: ...",
        "class A:\n    def f(self, a) -> None: ...",
        "class A:\n    def __init__(self, a): ...",
        "async def f() : ...",
        "class A:\n    @staticmethod\n    def f(a) -> None: ...",
    ],
)
def test_function_without_types_is_found(code):
    assert found(annotations, code)


def test_function_with_types_is_allowed():
    assert not found(annotations, "class A:\n    def __init__(self, a: int): ...\n    def f(self) -> int: ...")
    assert not found(annotations, "def g(a: int) -> int:\n    def h(b): ...")


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color: red">',
        '<button onclick="go()">',
        '<div hx-on:click="go()">',
        '<div hx-on::after-request="go()">',
        "<script>go()</script>",
        '<script type="module">go()</script>',
        "<style>p {}</style>",
        '<a href="javascript:go()">',
        '<c-card :style="x" />',
    ],
)
def test_inline_code_is_found_in_a_template(html):
    assert found(markup, html, "a.html") == [1]


@pytest.mark.parametrize(
    "html",
    [
        "<script src=\"{% static 'a.js' %}\"></script>",
        '<script type="application/json">{"a": 1}</script>',
        '<c-stock-bar :on_hand="1" />',
        "{# <p style='x'> #}",
        '<p {% if x == "style=" %}class="a"{% endif %}>',
    ],
)
def test_outside_code_is_allowed_in_a_template(html):
    assert not found(markup, html, "a.html")


@pytest.mark.parametrize(
    "name", ["ml-2", "mr-auto", "pl-md-3", "pr-0", "text-left", "float-right", "border-left", "text-lg-right"]
)
def test_physical_class_is_found(name):
    assert found(direction, f'<p\n class="a {name}">', "a.html")


@pytest.mark.parametrize(
    "name", ["ms-2", "me-auto", "ps-3", "text-start", "float-end", "mt-2", "copyleft", "html-left"]
)
def test_logical_class_is_allowed(name):
    assert not found(direction, f'<p class="{name}">', "a.html")


@pytest.mark.parametrize(
    "css",
    [
        "margin-left: 1px",
        "padding-right: 1px",
        "left: 0",
        "right:0",
        "text-align: left",
        "float:right",
        "border-left: 0",
        "border-left-width: 0",
        "border-top-left-radius: 0",
    ],
)
def test_physical_property_is_found(css):
    assert found(direction, f"p {{\n  {css};\n}}", "a.css") == [2]


@pytest.mark.parametrize(
    "css",
    [
        "margin-inline-start: 1px",
        "inset-inline-end: 0",
        "text-align: start",
        "--left: 0",
        "background-position: left",
        "/* left: 0 */",
        "transform-origin: left top",
    ],
)
def test_logical_property_is_allowed(css):
    assert not found(direction, f"p {{\n  {css};\n}}", "a.css")


@pytest.mark.parametrize(
    "html",
    [
        "<p>Orders</p>",
        "<p>\n\n  Orders of {{ name }}</p>",
        '<input placeholder="Search">',
        '<c-card title="Orders" />',
        "<p>{% if x %}Yes{% endif %}</p>",
        "<p>مرحبا</p>",
        '<button aria-label="Close"></button>',
    ],
)
def test_text_is_found_when_nobody_can_translate_it(html):
    assert found(wording, html, "a.html")


@pytest.mark.parametrize(
    "html",
    [
        '<p>{% translate "Orders" %}</p>',
        "<p>{% blocktranslate %}All orders{% endblocktranslate %}</p>",
        "<p>{% blocktrans count n=n %}One{% plural %}Many{% endblocktrans %}</p>",
        "<c-card title=\"{% translate 'Orders' %}\" />",
        "<p>{{ order.name }} · 12 MAD × 3</p>",
        "<kbd>Esc</kbd><code>commanda up</code>",
        "<p>{# All orders #}</p>",
        "{% comment %}All orders{% endcomment %}",
        '<p class="some class" id="orders">–</p>',
    ],
)
def test_text_is_allowed_when_translated_or_universal(html):
    assert not found(wording, html, "a.html")


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ('<c-progress :value="done"\n :max="run.total|default:1" />', [1]),
        ('<c-progress :value="done" max="{{ run.total|default:1 }}" />', []),
        ('<p data-x="a|b">', []),
    ],
)
def test_filter_is_found_where_a_component_takes_an_object(html, lines):
    assert found(components, html, "a.html") == lines


def test_line_of_a_text_is_true_after_blocks():
    assert found(wording, "{% comment %}\na\n{% endcomment %}\n<p>\n Orders</p>", "a.html") == [5]


def test_finding_is_excused_only_with_code_and_reason(tmp_path):
    area = tmp_path / "commanda" / "orders"
    area.mkdir(parents=True)
    file = area / "views.py"
    for comment, expected in [
        ("", 1),
        ("  # lint-ok: CM101 the cache table is not ours", 0),
        ("  # lint-ok: CM101", 1),
        ("  # lint-ok: CM102 wrong code here", 1),
    ]:
        file.write_text(f"order.save(){comment}\n")
        assert len(lint([tmp_path])) == expected, comment


def test_our_own_code_keeps_the_rules():
    root = Path(__file__).parents[2]
    assert [str(finding) for finding in lint([root / "src", root / "lints"])] == []
