"""The list: views, columns, filters as chips, bulk actions with preview, the drawer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commanda.kernel.pagination import keyset_page
from commanda.orders import counting
from commanda.orders.models import BulkRun, ListSettings, Order, SavedView
from tests.factories import make_order, make_user, make_variant

pytestmark = pytest.mark.django_db


def text_of(answer):
    return answer.content.decode()


def test_bulk_shows_first_what_would_happen_then_does_it_once(client, supervisor):
    variant = make_variant(stock=1)
    first, second = make_order(variant), make_order(variant)
    data = {"ids": [first.pk, second.pk], "action": "move", "to": "confirmed"}
    preview = client.post(reverse("orders_bulk"), data)
    assert (preview.context["preview"].changed_qty, preview.context["preview"].refused_qty) == (1, 1)
    assert Order.objects.filter(stage="confirmed").count() == 0
    sure = data | {"confirmed": "1", "once": preview.context["token"]}
    done, again = client.post(reverse("orders_bulk"), sure), client.post(reverse("orders_bulk"), sure)
    assert done.url == again.url
    assert BulkRun.objects.count() == 1
    page = client.get(done.url)
    assert second.reference in text_of(page)
    assert Order.objects.filter(stage="confirmed").count() == 1


def test_every_order_of_the_filter_is_meant_when_asked_for(client, supervisor):
    variant = make_variant()
    chosen = [make_order(variant, platform="tiktok") for _number in range(3)]
    make_order(variant, platform="facebook")
    agent = make_user("agent")
    url = reverse("orders_bulk") + "?platform=tiktok"
    data = {"every": "1", "action": "assign", "agent": agent.pk, "confirmed": "1"}
    client.post(url, data)
    assert set(Order.objects.filter(assignee=agent).values_list("pk", flat=True)) == {order.pk for order in chosen}


def test_bulk_of_somebody_else_is_not_shown(client, supervisor):
    other = make_user("supervisor")
    run = BulkRun.objects.create(
        user=other, action="tag", order_ids=[1], created_at="2026-01-01T00:00Z", updated_at="2026-01-01T00:00Z"
    )
    assert client.get(reverse("orders_bulk_run", args=[run.pk])).status_code == 404


def test_impossible_bulk_action_says_why(client, supervisor):
    order = make_order(make_variant())
    answer = client.post(reverse("orders_bulk"), {"ids": [order.pk], "action": "move", "to": "moon"})
    assert answer.status_code == 422
    assert "moon" in text_of(answer)
    assert "alert" in text_of(client.post(reverse("orders_bulk"), {"action": "move", "to": "confirmed"}))


def test_chosen_orders_are_exported_with_the_columns_shown(client, supervisor):
    wanted, other = make_order(make_variant(), note="=1+1"), make_order(make_variant())
    ListSettings.objects.create(user=supervisor, columns=["order", "note"])
    answer = client.post(reverse("orders_bulk") + "?columns=shown", {"ids": [wanted.pk], "action": "csv"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert wanted.reference in lines[1]
    assert other.reference not in lines[1]
    assert "=1+1" not in lines[1].replace("'=1+1", "")


def test_filters_stand_as_chips_that_can_be_taken_away(client, supervisor):
    order = make_order(make_variant(), platform="tiktok", channel="api")
    answer = client.get(reverse("orders"), {"platform": "tiktok", "channel": "api", "q": "Salma", "total_from": "x"})
    chips = {chip.label: chip.url for chip in answer.context["active"]}
    assert len(chips) == 2
    assert all("q=Salma" in url for url in chips.values())
    assert sorted("platform" in url for url in chips.values()) == [False, True]
    assert order.reference in text_of(answer)


def test_columns_are_kept_for_the_person(client, supervisor):
    order = make_order(make_variant(), campaign="Rentrée")
    client.post(reverse("orders_columns"), {"columns": ["order", "campaign", "wrong"], "is_dense": "on"})
    text = text_of(client.get(reverse("orders")))
    assert "Rentrée" in text
    assert "Salma Exemple" not in text
    assert "table-sm" in text
    client.post(reverse("orders_columns"), {"action": "usual"})
    assert "Salma Exemple" in text_of(client.get(reverse("orders")))
    assert order.reference in text


def test_every_column_can_be_shown_and_exported(client, supervisor):
    from commanda.web.orders.columns import COLUMNS

    make_order(make_variant(stock=2), state="delivered", tags=("vip",))
    make_order(make_variant())
    ListSettings.objects.create(user=supervisor, columns=list(COLUMNS))
    assert client.get(reverse("orders")).status_code == 200
    answer = client.get(reverse("orders_export", args=["xlsx"]), {"columns": "shown"})
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content)) > 1000


def test_a_view_is_saved_used_changed_shared_and_deleted(client, supervisor):
    tiktok, facebook = make_order(make_variant(), platform="tiktok"), make_order(make_variant(), platform="facebook")
    saved = client.post(
        reverse("orders_views"), {"name": " Mes tiktok ", "query": "platform=tiktok&after=x", "is_shared": "on"}
    )
    view = SavedView.objects.get()
    assert (view.name, view.query, view.is_shared) == ("Mes tiktok", "platform=tiktok", True)
    page = client.get(saved.url)
    assert tiktok.reference in text_of(page)
    assert facebook.reference not in text_of(page)
    tab = next(tab for tab in page.context["views"] if tab["is_active"])
    assert (tab["count"], tab["has_more"]) == (1, False)
    changed = client.get(reverse("orders"), {"platform": "facebook", "view": view.pk})
    assert changed.context["is_changed"]
    client.post(reverse("orders_view_action", args=[view.pk]), {"action": "replace", "query": "platform=facebook"})
    view.refresh_from_db()
    assert (view.query, view.is_shared) == ("platform=facebook", True)
    client.post(reverse("orders_start_view"), {"start_view": str(view.pk)})
    assert client.get(reverse("orders")).url.endswith(f"view={view.pk}")
    client.post(reverse("orders_view_action", args=[view.pk]), {"action": "delete"})
    assert client.get(reverse("orders")).status_code == 200


def test_others_see_shared_views_and_cannot_change_them(client, supervisor):
    mine = SavedView.objects.create(owner=make_user("admin"), name="Partagée", query="stage=new", is_shared=True)
    private = SavedView.objects.create(owner=make_user("admin"), name="Privée", query="stage=new")
    text = text_of(client.get(reverse("orders")))
    assert "Partagée" in text
    assert "Privée" not in text
    for view in (mine, private):
        assert client.post(reverse("orders_view_action", args=[view.pk]), {"action": "delete"}).status_code == 404
    assert SavedView.objects.count() == 2


def test_agents_cannot_share_a_view_and_names_are_unique(client):
    agent = make_user("agent")
    client.force_login(agent)
    refused = client.post(reverse("orders_views"), {"name": "A", "query": "", "is_shared": "on"})
    assert refused.status_code == 422
    client.post(reverse("orders_views"), {"name": "A", "query": "stage=new"})
    again = client.post(reverse("orders_views"), {"name": "A", "query": "stage=new"})
    assert again.status_code == 422
    assert client.post(reverse("orders_views"), {"name": "  ", "query": ""}).status_code == 422
    assert SavedView.objects.get().owner == agent


def test_views_keep_their_order(client, supervisor):
    views = [SavedView.objects.create(owner=supervisor, name=name, position=at) for at, name in enumerate("ABC")]
    client.post(reverse("orders_view_action", args=[views[2].pk]), {"action": "earlier"})
    assert [view.name for view in SavedView.objects.all()] == ["A", "C", "B"]


def test_filter_form_and_drawer_open_whole_and_in_part(client, supervisor):
    order = make_order(make_variant())
    for url in (reverse("orders_filters") + "?stage=new&platform=x", reverse("order_drawer", args=[order.reference])):
        whole = client.get(url)
        part = client.get(url, headers={"HX-Request": "true"})
        assert "<html" in text_of(whole)
        assert "<html" not in text_of(part)
        assert whole.status_code == part.status_code == 200


def test_names_of_those_who_share_views_are_read_at_once(client, supervisor):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert "Partagée" in text_of(client.get(reverse("orders_views")))
        return len(captured)

    for number in range(5):
        SavedView.objects.create(owner=make_user("supervisor"), name=f"Partagée {number}", is_shared=True)
        if number == 0:
            queries()
            few = queries()
    assert queries() == few


@pytest.mark.parametrize("asked", ["q=karim", "q=karim&stage=confirmed", "q=karim&state=new", "q=nobody"])
def test_in_a_large_table_a_name_is_looked_for_once_and_the_pages_are_the_same(client, supervisor, monkeypatch, asked):
    variant = make_variant(stock=60)
    for number in range(54):
        make_order(variant, customer_name=f"Karim {number}", state="confirmed" if number % 3 else "new")
    make_order(variant, customer_name="Salma")
    monkeypatch.setattr(keyset_page, "__kwdefaults__", {**keyset_page.__kwdefaults__, "size": 20})

    def pages():
        url, found = f"{reverse('orders')}?{asked}", []
        while url:
            page = client.get(url).context["page"]
            found.append([row["reference"] for row in page])
            url = page.next_cursor and f"{reverse('orders')}?{asked}&after={page.next_cursor}"
        return found

    expected = pages()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order")
    monkeypatch.setattr(counting, "_SMALL_TABLE", 0)
    assert pages() == expected
    with CaptureQueriesContext(connection) as queries:
        client.get(f"{reverse('orders')}?{asked}")
    statements = [query["sql"] or "" for query in queries]
    searches = [sql for sql in statements if '"orders_order"."name_folded"' in sql and not sql.startswith("EXPLAIN")]
    assert len(searches) == 1
