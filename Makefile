# Everything a newcomer needs: `make demo` and `make test` set up all by themselves.
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
READY := $(VENV)/.ready

.PHONY: setup demo test lint notebooks docs examples lock

setup: $(READY)

NETWORK := experiments/callback/network

demo: $(READY)
	@$(BIN)/npsstats demo
	@test -f $(NETWORK)/network.toml || $(BIN)/npsstats simulate --out $(NETWORK) --format parquet > /dev/null
	@for study in callback question_position send_timing; do \
	  echo && $(BIN)/npsstats analyze experiments/$$study/plan.toml --brief --memo reports/ --lang fr \
	  || exit 1; done

test: $(READY)
	@$(BIN)/python -m pytest

lint: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

# What is committed and made: notebooks with their outputs, the API reference and the README's
# pictures, an example of the leadership PDF in each language. Tests say when one is out of date.
notebooks: $(READY)
	@$(BIN)/python notebooks/execute.py

docs: $(READY)
	@$(BIN)/python docs/make_api.py
	@$(BIN)/python docs/make_pictures.py

examples: $(READY)
	@$(BIN)/python reports/make_examples.py

# Again only when the lock or the project's metadata has changed.
$(READY): requirements.lock pyproject.toml | $(UV)
	@echo "Setting up $(VENV) from requirements.lock (once; a minute or so)"
	@$(UV) venv --quiet --allow-existing $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# uv is found, or put into a folder of the project's own with the machine's Python.
.uv/bin/uv:
	@echo "Installing uv into .uv/"
	@python3 -m venv .uv && .uv/bin/python -m pip install --quiet uv

lock: | $(UV)
	$(UV) pip compile --universal --generate-hashes --quiet --python-version 3.12 \
	  --group dev --extra postgres pyproject.toml --output-file requirements.lock
