"""Which tables the linkage reads, and that a report with purchases shows what they say."""

import pytest
from pypdf import PdfReader

import npsstats as nps
from npsstats.checks import InputError
from npsstats.reporting.leadership import report as leadership
from npsstats.reporting.linkage.facts import LinkageFacts, texts_of
from npsstats.reporting.linkage.tables import tables_of


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    made = nps.simulate(4, 13, 400, seed=2)
    made.write(folder, format="parquet")
    return made, nps.load_network(folder / "network.toml")


def test_a_configuration_brings_its_own_tables(network):
    made, config = network
    tables = tables_of(config, None, questions=["welcome"])
    assert tables.questions == ("welcome", "csat", "ces")
    assert tables.purchases.n_accepted == len(made.purchases)
    assert tables.stores.n_accepted == len(made.stores)


def test_frames_are_read_beside_each_other(network):
    made, _ = network
    tables = tables_of(made.responses, made.purchases)
    assert tables.stores is None
    backends = {each.accepted.get_backend() for each in (tables.responses, tables.purchases)}
    assert len(backends) == 1


def test_without_purchases_there_is_nothing_to_link(network):
    made, config = network
    assert tables_of(made.responses, None) is None
    only = {"responses": config.sources["responses"]}
    assert tables_of(config.model_copy(update={"sources": only}), None) is None
    counts = nps.ScoreCounts([[1] * 11])
    assert tables_of(counts, None) is None
    with pytest.raises(InputError, match="`purchases` need the answers themselves"):
        tables_of(counts, made.purchases)
    intake = nps.read(made.responses, quiet=True)
    with pytest.raises(InputError, match="`questions` names 'parking', which is not among"):
        tables_of(intake, made.purchases, questions=["parking"])


def test_a_report_with_purchases_hands_them_on_and_shows_what_comes_back(
    network, tmp_path, monkeypatch
):
    from npsstats.linkage.claims import claims

    _, config = network
    asked = []

    def gathered(_, request):
        asked.append(request)
        found = claims()
        return LinkageFacts(claims=found.frame, claim_texts=texts_of(found.claims))

    monkeypatch.setattr(leadership, "gather_linkage", gathered)
    path = nps.report(config, tmp_path, lang="fr", margin=0.25, questions=["welcome"], horizon=None)
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    assert "Ce que dit le métier" in text
    request = asked[0]
    assert (request.margin, request.questions) == (0.25, ("welcome", "csat", "ces"))
    with pytest.raises(InputError, match="`margin` must be between 0 and 1"):
        nps.report(config, tmp_path, margin=30)
