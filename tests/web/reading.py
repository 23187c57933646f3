"""Reading pages as somebody."""


def read(client, user, address, status=200):
    """The answer to somebody who asks for an address."""
    client.force_login(user)
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:300]
    return answer


def text(client, user, address):
    """The same, as text."""
    return read(client, user, address).content.decode()
