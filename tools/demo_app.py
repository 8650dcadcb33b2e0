from mmdmr.cli.main import run_tool

if __name__ == '__main__':
    run_tool('demo_app')
