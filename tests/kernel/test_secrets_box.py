import pytest

from commanda.kernel.errors import Conflict
from commanda.kernel.secrets_box import VARIABLE, open_sealed, seal


def test_secret_is_read_again_when_the_key_is_the_same():
    sealed = seal("clé très secrète")
    assert "secr" not in sealed
    assert open_sealed(sealed) == "clé très secrète"
    assert seal("clé très secrète") != sealed


def test_secret_is_lost_with_a_message_when_the_key_has_changed(settings):
    sealed = seal("x")
    settings.SECRET_KEY = "another key of this installation"
    with pytest.raises(Conflict) as caught:
        open_sealed(sealed)
    assert caught.value.code == "secret_unreadable"


def test_old_secrets_are_read_when_the_key_is_rotated(monkeypatch):
    monkeypatch.setenv(VARIABLE, "first")
    old = seal("x")
    monkeypatch.setenv(VARIABLE, "second, first")
    assert open_sealed(old) == "x"
    new = seal("y")
    monkeypatch.setenv(VARIABLE, "second")
    assert open_sealed(new) == "y"
    with pytest.raises(Conflict):
        open_sealed(old)


@pytest.mark.parametrize("sealed", ["", "nonsense", "gAAAAA=="])
def test_garbage_is_no_secret(sealed):
    with pytest.raises(Conflict):
        open_sealed(sealed)
