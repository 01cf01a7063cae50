# Reads manifests on MicroPython: `reading_manifests.py FIRMWARE FILE`, a body in hexadecimal in each line. Prints for
# each "y" or "n"; dies of whatever is no ValueError. Never here: a test.
import sys

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    import manifest

    with open(sys.argv[2]) as bodies:
        for line in bodies:
            body = bytes.fromhex(line.strip())
            manifest.key_set_of(body)
            try:
                release = manifest.read_release(body)
            except ValueError:
                print("n")
                continue
            list(release.files())
            print("y")
