"""What a person runs around the project: getting it ready, flashing a unit, making a release."""
