import main
main.run()
