# What this firmware is. Never here: anything that changes while it runs.
RELEASE = 1
BUILT = 1735689600  # 2025-01-01 in seconds since 1970: no clock that shows less has been set
