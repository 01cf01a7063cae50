# Why an update is not taken, as what is raised. Never here: who decides it.


class No(Exception):
    # args[0]: a reason of update_words.py
    pass
