from mmdmr.cli.score_histogram import main

if __name__ == '__main__':
    raise SystemExit(main())
