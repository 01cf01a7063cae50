"""Where the types of MicroPython's standard library are: the folder that pyright is given as its --typeshedpath."""

import sysconfig

if __name__ == "__main__":
    print(sysconfig.get_path("purelib"))  # micropython-stdlib-stubs unpacks there, in the layout of a typeshed
