import main

main.run()
