"""platen login makes what all other commands need, or nothing."""
import json

import pytest

from terminal import Terminal


def words(lab, config):
    env = lab.env
    return [env["PLATEN"], "-c", config, "login", "--port", env["XMPP_PORT"], "--ca-file",
            env["CA_FILE"]]


def given(lab):
    """All that an operator has to say."""
    env = lab.env
    return ["--jid", env["OPERATOR"], "--component", lab.component, "--host", "127.0.0.1",
            "--port", env["XMPP_PORT"], "--ca-file", env["CA_FILE"]]


def login(lab, config, *args, password=None):
    options = {} if password is None else {"stdin": None, "input": password}
    return lab.run("login", *args, config=str(config), **options)


@pytest.fixture
def config(tmp_path):
    return tmp_path / "new/folder/platen.conf"


def check_works(lab, config):
    assert config.stat().st_mode & 0o777 == 0o600
    done = lab.run("devices", config=str(config))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) > 1


def test_with_options_and_the_password_on_standard_input(lab, config):
    done = login(lab, config, *given(lab), password=lab.password("operator") + "\r\nmore\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Logged in as {lab.env['OPERATOR']}; {lab.component} answers." in done.stdout
    password = config.parent / "platen.password"
    assert password.read_text() == lab.password("operator") + "\n"
    assert password.stat().st_mode & 0o777 == 0o600
    check_works(lab, config)


def test_with_a_password_file_that_stays_where_it_is(lab, config):
    file = lab.env["OPERATOR_PASSWORD_FILE"]
    done = login(lab, config, "--json", "--password-file", file, *given(lab))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "jid": lab.env["OPERATOR"], "component": lab.component, "configuration": str(config),
        "password_file": file}
    assert [path.name for path in config.parent.iterdir()] == ["platen.conf"]
    check_works(lab, config)


def test_a_login_again_replaces_what_was_there(lab, config):
    config.parent.mkdir(parents=True)
    config.write_text("[account]\nnonsense\n")
    file = lab.env["OPERATOR_PASSWORD_FILE"]
    assert login(lab, config, "--password-file", file, *given(lab)).returncode == 0
    check_works(lab, config)


MISTAKES = {
    "no account": ({"--jid": None}, 2, "without a terminal --jid and --component are needed"),
    "no user": ({"--jid": "localhost"}, 2, "an account's JID is needed"),
    "no JID": ({"--jid": "a b@localhost"}, 2, "account.jid: 'a b@localhost' is not a JID"),
    "no security": ({"--security": "none"}, 2, "--security: 'none' is none of starttls|direct-tls|plain"),
    "nobody there": ({"--port": "1"}, 5, "cannot connect to 127.0.0.1, port 1"),
    "no password": ({"password": "\n"}, 2, "no password was given"),
    "a wrong password": ({"password": "of-nobody\n"}, 4, "the login was refused by 127.0.0.1"),
    "no password's file": ({"--password-file": "/nowhere/password"}, 2, "/nowhere/password: "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_and_nothing_is_written(lab, config, mistake):
    changes, status, said = MISTAKES[mistake]
    options = dict(zip(given(lab)[::2], given(lab)[1::2])) | changes
    password = options.pop("password", lab.password("operator") + "\n")
    args = [word for pair in options.items() if pair[1] is not None for word in pair]
    done = login(lab, config, *args, password=password)
    assert (done.returncode, done.stdout) == (status, ""), (done.returncode, done.stdout,
                                                            done.stderr)
    assert said in done.stderr
    assert not config.parent.exists()


def test_a_component_that_is_none_is_told(lab, config):
    """Which servers say in words and conditions of their own."""
    args = [word if word != lab.component else "nobody.localhost" for word in given(lab)]
    done = login(lab, config, *args, password=lab.password("operator") + "\n")
    assert done.returncode in (4, 5)
    assert "[component] jid" in done.stderr
    assert not config.parent.exists()


def test_a_folder_that_cannot_be_made_is_told(lab, tmp_path):
    (tmp_path / "file").write_text("")
    done = login(lab, tmp_path / "file/platen.conf", *given(lab),
                 password=lab.password("operator") + "\n")
    assert done.returncode == 1
    assert "cannot be written: Not a directory" in done.stderr


def test_on_a_terminal_it_asks(lab, config):
    with Terminal(words(lab, config)) as terminal:
        terminal.expect("Your JID (you@example.com): ")
        terminal.type(lab.env["OPERATOR"] + "\n")
        terminal.expect("XMPP server [localhost]: ")
        terminal.type("127.0.0.1\n")
        terminal.expect("Component [devices.localhost]: ")
        terminal.type("\n")
        terminal.expect("Password: ")
        assert not terminal.echoes()
        terminal.type(lab.password("operator") + "\n")
        terminal.expect("Logged in as")
        assert terminal.end() == 0
        assert lab.password("operator") not in terminal.said
    check_works(lab, config)


@pytest.mark.parametrize("last", ["Your JID", "XMPP server", "Password"])
def test_ctrl_c_ends_it_and_puts_the_terminal_right(lab, config, last):
    answers = {"Your JID": lab.env["OPERATOR"], "XMPP server": "127.0.0.1", "Component": "",
               "Password": ""}
    with Terminal(words(lab, config)) as terminal:
        for question, answer in answers.items():
            terminal.expect(question)
            terminal.expect(": ")
            if question == last:
                break
            terminal.type(answer + "\n")
        # What it says may go with what the terminal then drops.
        terminal.type("\x03")
        assert terminal.end() == 130
        assert terminal.echoes()
    assert not config.parent.exists()


def test_the_end_of_input_ends_it(lab, config):
    with Terminal(words(lab, config)) as terminal:
        terminal.expect("Your JID")
        terminal.type("\x04")
        assert terminal.end() == 130
