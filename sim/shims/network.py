# The network module: the bench's board is on line from the start, so there is nothing to switch on.
