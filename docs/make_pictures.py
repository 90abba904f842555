"""Draw what the README shows before anything is installed: `make docs`."""

from __future__ import annotations

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
FOLDER = HERE / "pictures"


def main() -> None:
    """Draw the stores of a network, and the memo of the call-back study on one of 120."""
    import npsstats as nps

    small = nps.simulate(stores=40, months=12, responses=8000, seed=1)
    counts = nps.count(small.responses, by="store_id")
    with TemporaryDirectory() as folder:
        path = Path(folder, "stores.png")
        nps.plot(nps.estimate(counts, target=30, model="ordinal"), path)
        write(path, "stores.png")
    plan = HERE.parent / "experiments" / "callback" / "plan.toml"
    called = nps.analyze(plan, nps.simulate())
    with TemporaryDirectory() as folder:
        write(first_page(nps.memo(called, Path(folder, "memo.pdf"))), "memo.png")


def first_page(path: Path) -> io.BytesIO:
    """Return the first page of a PDF as a PNG."""
    import pypdfium2

    with pypdfium2.PdfDocument(path) as pdf:
        page = pdf[0].render(scale=2).to_pil()
    buffer = io.BytesIO()
    page.save(buffer, "png")
    return buffer


def write(picture: Any, name: str) -> None:
    """Store a PNG small: 850 pixels wide, in the colours that ink, paper and a brand need."""
    from PIL import Image

    FOLDER.mkdir(exist_ok=True)
    image = Image.open(picture).convert("RGB")
    image = image.resize((850, round(850 * image.height / image.width)), Image.Resampling.LANCZOS)
    image = image.quantize(
        160, method=Image.Quantize.FASTOCTREE, kmeans=1, dither=Image.Dither.NONE
    )
    image.save(FOLDER / name, optimize=True)
    print(f"{name}: {(FOLDER / name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
