"""The command line: flags, exit codes, console."""
