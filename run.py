"""Start the service, or run one of its commands: `python run.py --help` lists them."""

import sys

try:
    from service.cli import main

    if __name__ == "__main__":
        sys.exit(main())
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed; `make run_server` installs it and serves, and README.md shows how without make")
except KeyboardInterrupt:
    sys.exit(130)
