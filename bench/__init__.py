"""What an open costs: `python -m bench`. README.md beside this file explains every figure."""
