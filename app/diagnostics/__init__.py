"""What a person can send when something went wrong: a small log, traces of crashes, and facts about the machine."""
