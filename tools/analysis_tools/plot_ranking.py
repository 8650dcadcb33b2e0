from mmdmr.cli.plot_ranking import main

if __name__ == '__main__':
    raise SystemExit(main())
