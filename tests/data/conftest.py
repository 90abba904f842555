"""A real Postgres, where there is one."""

import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

_PASSWORD = "p@ss w+rd/é"  # noqa: S105 - the throw-away server's; made to be hard to escape


def _binaries() -> Path | None:
    """Return the folder of a local PostgreSQL installation, or None."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pg_ctl").exists()), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """Return the URL of a Postgres database that the tests may write to, or skip."""
    if url := os.environ.get("NPSSTATS_TEST_POSTGRES"):
        yield url
        return
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: install one, or give a URL in NPSSTATS_TEST_POSTGRES")
    folder = tmp_path_factory.mktemp("postgres")
    # the server refuses to run as root; the user that its packages make must reach the folder
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        if shutil.which("runuser") is None:
            pytest.skip("PostgreSQL does not run as root, and there is no runuser")
        shutil.chown(folder, "postgres")
        for parent in (folder, *folder.parents):
            if parent.owner() == "root" and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o001)
    secret = folder / "password"
    secret.write_text(_PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    data, port = folder / "data", _free_port()

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603 - programs found above
            [*as_user, *command], check=True, cwd=folder, capture_output=True, timeout=60
        )

    run(
        *(str(binaries / "initdb"), "-D", str(data), "-U", "ann", f"--pwfile={secret}"),
        *("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
    )
    options = f"-p {port} -k '{folder}' -h 127.0.0.1 -F"
    # -l: a server that kept our pipe open would make the call wait for its end
    run(
        str(binaries / "pg_ctl"),
        "-D",
        str(data),
        "-l",
        str(folder / "log"),
        "-o",
        options,
        "-w",
        "start",
    )
    try:
        yield f"postgresql://ann:{quote(_PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
