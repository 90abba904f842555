"""Write an example of the leadership PDF in each language: `make examples`.

Of a simulated network whose experiments have been run. Same network, same bytes.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import npsstats as nps

HERE = Path(__file__).resolve().parent
STUDIES = ("callback", "question_position")
BRANDS = {"en": "Simulated network", "fr": "Réseau simulé"}


def main() -> None:
    """Simulate, analyse, report."""
    network = nps.simulate(stores=60, months=24, responses=36_000, seed=1)
    plans = [HERE.parent / "experiments" / study / "plan.toml" for study in STUDIES]
    experiments = [nps.analyze(plan, network) for plan in plans]
    with TemporaryDirectory() as folder:
        config = nps.load_network(network.write(folder))
        for lang, name in BRANDS.items():
            path = nps.report(
                config,
                HERE / f"example-{lang}.pdf",
                lang=lang,
                brand={"name": name},
                experiments=experiments,
                margin=0.3,
                questions=("welcome", "products", "checkout"),
            )
            print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
