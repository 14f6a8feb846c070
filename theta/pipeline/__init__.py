"""One function per stage: the story of the program."""
