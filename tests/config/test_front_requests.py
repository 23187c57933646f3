"""Where one request ends and the next begins, however the bytes come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commanda.config.front_requests import LONGEST_HEAD, Framing, Head, HeadTooLong, Malformed, RequestReader

GET = b"GET /orders/?q=a%20b HTTP/1.1\r\nHost: x\r\n\r\n"
STREAM = b"GET /events?x=1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /orders/new/ HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  11 \r\nA: b\r\n\r\nGET / \r\n\r\nx"


def read(*pieces):
    reader = RequestReader()
    return [part for piece in pieces for part in reader.feed(piece)]


def heads(parts):
    return [part for part in parts if isinstance(part, Head)]


def bodies(parts):
    return b"".join(part for part in parts if isinstance(part, bytes))


@given(st.lists(st.integers(0, len(GET + POST + STREAM)), max_size=8))
def test_requests_are_found_however_they_are_cut(cuts):
    whole = GET + POST + STREAM
    places = [0, *sorted(cuts), len(whole)]
    parts = read(*(whole[start:end] for start, end in pairwise(places)))
    assert [head.path for head in heads(parts)] == [b"/orders/", b"/orders/new/", b"/events"]
    assert bodies(parts) == b"GET / \r\n\r\nx"


def test_pieces_of_a_head_make_it_again():
    (head,) = read(GET)
    assert head.line + head.fields + b"\r\n" == GET


def test_all_belongs_to_a_body_in_chunks():
    chunks = b"5\r\nhello\r\n0\r\n\r\n"
    parts = read(b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" + chunks, GET)
    assert heads(parts)[0].framing is Framing.UNTIL_CLOSE
    assert len(heads(parts)) == 1
    assert bodies(parts) == chunks + GET


@pytest.mark.parametrize(
    "head",
    [
        b"hello\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\n\nGET /events HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_request_without_a_certain_end_is_refused(head):
    with pytest.raises(Malformed):
        read(head)


def test_head_that_does_not_end_is_refused():
    with pytest.raises(HeadTooLong):
        read(b"GET / HTTP/1.1\r\nCookie: ", b"x" * (LONGEST_HEAD + 1))
