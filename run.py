"""Start the service, or run one of its commands: `python run.py --help` lists them."""

import sys

# pyarrow takes numpy, and pandas with it, wherever they are installed, as they are for the tests: 40 MB for nothing.
sys.modules["numpy"] = None  # type: ignore[assignment]

try:
    from service.cli import main
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed; run `make install`, then `venv/bin/python run.py` (or `make run_server`)")
except KeyboardInterrupt:
    sys.exit(130)

if __name__ == "__main__":
    sys.exit(main())
