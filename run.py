"""Start the service, or run one of its commands: `python run.py --help` lists them."""

import signal
import sys

if hasattr(signal, "SIGHUP"):  # asks a service to reload, at any time; here there is nothing to reload yet
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

try:
    from service.cli import main

    if __name__ == "__main__":
        sys.exit(main())
except ModuleNotFoundError as error:
    sys.exit(f"{error.name} is not installed; use `make run_server`, or without make the commands in README.md")
except KeyboardInterrupt:
    sys.exit(130)
