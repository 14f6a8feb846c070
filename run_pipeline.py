"""Train, judge and draw topic models; see README.md."""

from theta.cli.run import main

if __name__ == "__main__":
    raise SystemExit(main())
