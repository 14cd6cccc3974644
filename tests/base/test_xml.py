"""XML from outside: what is hostile is refused with a sentence, in any encoding."""

import io

import pytest

from base.papers.files import xml

BILLION = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><r>&b;</r>"""
XXE = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'


@pytest.mark.parametrize("data", [BILLION, XXE, b"<!DOCTYPE r SYSTEM 'http://a/b.dtd'><r/>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused(data, encoding):
    if encoding == "utf-16":
        data = data.decode().replace('<?xml version="1.0"?>', "").encode("utf-16")
    with pytest.raises(xml.XmlRefused, match="DOCTYPE"):
        xml.parse(data)
    with pytest.raises(xml.XmlRefused, match="DOCTYPE"):
        list(xml.stream(io.BytesIO(data), "r"))


def test_the_word_doctype_in_a_comment_is_harmless():
    assert xml.parse(b"<r><!-- <!DOCTYPE r> --><a>1</a></r>")[0].text == "1"


def test_nesting_is_limited():
    fine = b"<a>" * 64 + b"</a>" * 64
    deep = b"<a>" * 65 + b"</a>" * 65
    assert xml.parse(fine).tag == "a"
    with pytest.raises(xml.XmlRefused, match="64 niveaux"):
        xml.parse(deep)
    with pytest.raises(xml.XmlRefused, match="64 niveaux"):
        list(xml.stream(io.BytesIO(deep), "b"))


def test_size_is_limited():
    with pytest.raises(xml.XmlRefused, match="5 Mo"):
        xml.parse(b"<r>" + b"x" * xml.MAX_BYTES + b"</r>")
    with pytest.raises(xml.XmlRefused, match="1 Mo"):
        list(xml.stream(io.BytesIO(b"<r>" + b"x" * 2**21 + b"</r>"), "r", limit=2**20))


@pytest.mark.parametrize(
    "data", [b"", b"<r>", b"not xml", b"<r>\x00</r>", b"<?xml version='1.0' encoding='zz'?><r/>"]
)
def test_what_is_not_xml_gets_a_sentence(data):
    with pytest.raises(xml.XmlRefused, match="XML"):
        xml.parse(data)


def test_windows_encoding_is_read():
    data = "<?xml version='1.0' encoding='windows-1252'?><r>été €</r>".encode("cp1252")
    assert xml.parse(data).text == "été €"


def test_a_stream_gives_each_element_once_with_its_content():
    rows = b"".join(b"<p:v n='%d'><p:x>%d</p:x></p:v>" % (i, i * 2) for i in range(20_000))
    data = b"<r xmlns:p='urn:p'>" + rows + b"</r>"
    got = [(e.get("n"), e[0].text) for e in xml.stream(io.BytesIO(data), "{urn:p}v")]
    assert len(got) == 20_000
    assert got[19_999] == ("19999", "39998")
