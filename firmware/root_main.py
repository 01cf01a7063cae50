import gc

gc.threshold(4096)  # loading leaves much behind: collected as it comes, what stays lies together
import main

gc.threshold(-1)
main.run()
