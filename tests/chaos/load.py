"""The mixed load: orders, moves, calls, web hooks and imports; each notes what was acknowledged to it."""

import json
import queue
import random
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

from tests.chaos.client import Answers, Client, until

API = "/api/v1"
JSON = {"Content-Type": "application/json"}
# What a client does with an order next, each as likely as the other.
WAYS = (("confirmed", "shipped", "delivered"), ("confirmed", "shipped", "returned"), ("confirmed", "cancelled"))
ROWS_OF_A_FILE = 3_000


class Journal:
    """What was acknowledged, and what was sent without ever being answered: that may be there, but once at most."""

    KINDS = ("order", "move", "call", "hook", "row")

    def __init__(self):
        self._lock = threading.Lock()
        self.acknowledged = {kind: [] for kind in self.KINDS}
        self.doubtful = {kind: [] for kind in self.KINDS}

    def note(self, kind, *whats, is_acknowledged=True):
        with self._lock:
            (self.acknowledged if is_acknowledged else self.doubtful)[kind].extend(whats)

    def counts(self):
        return {kind: (len(self.acknowledged[kind]), len(self.doubtful[kind])) for kind in self.KINDS}


class Load:
    """Clients at work between `start` and `finish`. `shop` is what `tests.chaos.setting` has made."""

    def __init__(self, port, shop, seed):
        self.journal, self.answers = Journal(), Answers()
        self.made = queue.Queue()
        self._port, self._shop = port, shop
        self._over, self._stopped = threading.Event(), threading.Event()
        self._deadline = 0.0
        self._random = random.Random(seed)
        self._numbers = iter(range(1, 10**7))
        self.errors = []
        works = [self.create, self.create, self.move, self.move, self.call, self.hook, self.upload]
        self._threads = [threading.Thread(target=self._guard, args=(work,), daemon=True) for work in works]

    def start(self, seconds):
        self._deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.start()

    def finish(self, patience_s):
        """After the time is over whoever waits for an answer gets some seconds for it; returns when all have ended."""
        end = max(self._deadline, time.monotonic()) + patience_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def _guard(self, work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the verdict shows it
            self.errors.append(f"{work.__name__}: {error!r}")

    def _client(self, headers):
        return Client(self._port, headers, self.answers, self._stopped)

    def _rounds(self):
        return until(self._deadline, self._stopped)

    def _phone(self, front):
        return f"0{front}{next(self._numbers):07d}"

    def create(self):
        client = self._client({"Authorization": f"Bearer {self._shop['key']}", **JSON})
        for _round in self._rounds():
            phone = self._phone("61")
            lines = [{"sku": sku, "quantity": 1} for sku in self._random.sample(self._shop["skus"], 2)]
            body = {"phone": phone, "customer_name": "Salma Exemple", "city": "Rabat", "address": "12", "lines": lines}
            answer = client.send("POST", f"{API}/orders", json.dumps(body), once=True)
            self.journal.note("order", phone, is_acknowledged=answer is not None)
            if answer is not None:
                assert answer[0] == 201, answer
                self.made.put(json.loads(answer[2])["reference"])

    def move(self):
        client = self._client({"Authorization": f"Bearer {self._shop['key']}", **JSON})
        for _round in self._rounds():
            try:
                reference = self.made.get(timeout=0.2)
            except queue.Empty:
                continue
            for to in self._random.choice(WAYS):
                body = json.dumps({"to": to, "reason_text": "essai"})
                answer = client.send("POST", f"{API}/orders/{reference}/transition", body, once=True)
                if answer is not None and answer[0] == 409:
                    break  # nothing left of it
                assert answer is None or answer[0] == 200, answer
                self.journal.note("move", [reference, to], is_acknowledged=answer is not None)
                if answer is None:
                    return

    def call(self):
        client = self._client({"Authorization": f"Bearer {self._shop['agent_key']}", **JSON})
        for _round, reference in zip(self._rounds(), self._shop["calls"], strict=False):
            body = json.dumps({"outcome": "no_answer", "medium": "phone"})
            answer = client.send("POST", f"{API}/orders/{reference}/calls", body, once=True)
            assert answer is None or answer[0] == 201, answer
            self.journal.note("call", reference, is_acknowledged=answer is not None)
            time.sleep(0.02)

    def hook(self):
        from commanda.intake.deliveries import sign

        client = self._client({})
        for _round in self._rounds():
            number = next(self._numbers)
            phone = f"062{number:07d}"
            row = {
                "order_id": f"W{number}",
                "customer": {"name": "Client Exemple", "phone": phone, "city": "Casablanca"},
                "product": self._shop["product"],
                "quantity": 1,
                "total": 199,
            }
            body = json.dumps(row).encode()
            headers = {
                **JSON,
                "X-Commanda-Signature": sign(self._shop["hook_secret"], body, datetime.now(UTC)),
                "X-Commanda-Delivery": f"d-{number}",
            }
            answer = client.send("POST", self._shop["hook_path"], body, headers=headers)
            assert answer is None or answer[0] in {200, 202}, answer
            self.journal.note("hook", phone, is_acknowledged=answer is not None)
            time.sleep(0.05)

    def upload(self):
        """Files that are too large for a page: the worker takes them in."""
        token = uuid4().hex
        cookies = f"sessionid={self._shop['session']}; csrftoken={token}"
        client = self._client({"Cookie": cookies, "X-CSRFToken": token})
        for _round in self._rounds():
            phones = [self._phone("63") for _row in range(ROWS_OF_A_FILE)]
            is_acknowledged = self._upload(client, phones)
            self.journal.note("row", *phones, is_acknowledged=is_acknowledged)
            time.sleep(1)

    def _upload(self, client, phones):
        head = "Order ID,Nom,Téléphone,Ville,Adresse,Produit,Quantité,Prix,Remarque\n"
        remark = "livrer le soir " * 8
        rows = (f"U{p},Client Exemple,{p},Casablanca,12,{self._shop['product']},1,199,{remark}\n" for p in phones)
        boundary = uuid4().hex
        parts = {"source_name": "", "file": f"{phones[0]}.csv"}
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="source_name"\r\n\r\n{self._shop["source"]}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{parts["file"]}"\r\n'
            f"Content-Type: text/csv\r\n\r\n{head}{''.join(rows)}\r\n--{boundary}--\r\n"
        ).encode()
        multipart = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        stored = client.send("POST", "/intake/upload/", body, headers=multipart)
        if stored is None:
            return False
        assert stored[0] == 302, (stored[0], stored[2][-2000:])
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        taken = client.send("POST", stored[1]["location"], urlencode(self._shop["columns"]), headers=form)
        if taken is not None and taken[0] == 404:
            return False  # the answer was lost, and the first asking has been taken in already
        assert taken is None or (taken[0] == 302 and "/intake/runs/" in taken[1]["location"]), taken
        return taken is not None
