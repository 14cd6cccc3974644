"""What passwords are refused: the common ones, whatever is put around them, and names."""

import pytest

from base.basics.errors import InvalidInput
from base.desk.accounts.passwords import check_password, common, is_common


def test_the_list_is_long_and_french_too():
    assert len(common()) >= 10_000
    assert {"password", "123456", "motdepasse", "azertyuiop", "bonjour"} <= common()


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Motdepasse2026!",
        "bonjourbonjour",
        "azertyuiopqsdf",
        "mlkjhgfdsqpo",
        "123456789012",
        "p@ssw0rd12345",
        "abcabcabcabc",
        "iloveyouiloveyou",
        "!!Mairie-2026!!",
        "aaaaaaaaaaaab",
        "Février2026!!!",
        "administrator2026",
    ],
)
def test_a_common_word_stays_common_with_figures_and_signs_around_it(password):
    assert is_common(password)
    with pytest.raises(InvalidInput, match="trop courant"):
        check_password(password, admin=False)


@pytest.mark.parametrize(
    "password",
    [
        "Une-phrase-bien-longue-7",
        "correct horse battery staple",
        "vélo rouge sous la pluie",
        "kX9$wq!72Lpz",
        "日本語のパスワードです今日は",
        "🦩 au bord du lac gelé",
    ],
)
def test_a_phrase_of_ones_own_is_taken(password):
    check_password(password, admin=False, about=("alice", "Saint-Maurin-sur-Aubre"))


def test_names_of_the_person_and_of_the_town_are_refused():
    for password in ("saint-maurin-2026", "SaintMaurin-1234", "alice.martin!!2026"):
        with pytest.raises(InvalidInput, match="reprend votre nom"):
            check_password(
                password, admin=False, about=("Saint Maurin", "SaintMaurin", "alice.martin")
            )


def test_length_is_that_of_the_role():
    with pytest.raises(InvalidInput, match="15"):
        check_password("Une-phrase-cou", admin=True)
    check_password("Une-phrase-cou", admin=False)
    with pytest.raises(InvalidInput, match="128"):
        check_password("x9" * 65, admin=False)
