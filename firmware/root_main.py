import gc

gc.threshold(4096)  # collected as it comes, garbage is no room lost between what stays: 4 kB in a row are to be had
import main

main.run()
