"""A real Postgres, where there is one."""

import os
import shutil
import socket
import subprocess
import tempfile
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
def postgres():
    """Yield the URL of a Postgres database that the tests may write to, or skip."""
    if url := os.environ.get("NPSSTATS_TEST_POSTGRES"):
        yield url
        return
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: install one, or give a URL in NPSSTATS_TEST_POSTGRES")
    # the server refuses to run as root, and the user that its packages make may not enter the
    # folders that pytest makes
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user and shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser")
    folder = Path(tempfile.mkdtemp(prefix="npsstats-postgres-"))
    if as_user:
        shutil.chown(folder, "postgres")
    secret = folder / "password"
    secret.write_text(_PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    control = [*as_user, str(binaries / "pg_ctl"), "-D", str(folder / "data")]

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603 - programs found above
            command, check=True, cwd=folder, capture_output=True, timeout=60
        )

    try:
        run(
            *(*as_user, str(binaries / "initdb"), "-D", str(folder / "data"), "-U", "ann"),
            *(f"--pwfile={secret}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"),
        )
        port = _free_port()
        # -l: a server that kept our pipe open would make the call wait for its end
        options = f"-p {port} -k '{folder}' -h 127.0.0.1 -F"
        run(*control, "-l", str(folder / "log"), "-o", options, "-w", "start")
        try:
            yield f"postgresql://ann:{quote(_PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
        finally:
            run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
