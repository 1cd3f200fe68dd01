from common.companion.doctor import findings_of, locked_versions


def test_a_sound_machine_has_nothing_bad(repository):
    findings = {finding.what: finding for finding in findings_of(repository)}
    assert set(findings) >= {
        "Python",
        "packages",
        "cores",
        "threads",
        "GPU",
        "LLM endpoint",
        "fast kernels",
        "free disk",
    }
    assert findings["Python"].state == "good"
    assert findings["packages"].state == "good", findings["packages"].found


def test_another_version_and_a_missing_package_are_named_with_the_cure(toy):
    (toy.root / "requirements.lock").write_text("numpy==0.1\nno-such-package==1.0\n")
    assert locked_versions(toy.root) == {"numpy": "0.1", "no-such-package": "1.0"}
    packages = next(f for f in findings_of(toy.root) if f.what == "packages")
    assert packages.state == "bad"
    assert "instead of 0.1" in packages.found
    assert "no-such-package is missing" in packages.found
    assert "make install" in packages.cure


def test_an_endpoint_is_told_and_its_key_is_not(toy, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint = next(f for f in findings_of(toy.root) if f.what == "LLM endpoint")
    assert endpoint.state == "good"
    assert "secret" not in endpoint.found + endpoint.cure
