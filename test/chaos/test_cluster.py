"""Job manager and task managers under fire: output stays exact, pauses are short, a job manager's death is not seen in the output."""
import datetime
import os
import random
import signal
import time

import pytest

import peers
from cluster import Load, Watcher, quantiles
from ledger import Ledger, rounds
from running_cluster import Cluster

RATE = 400  # events per second
# Longer than detection by a refused connection, restart delay, restore and a checkpoint take; less than the heartbeat's timeout adds.
LONGEST_PAUSE = 8.0
INTERVAL = 0.1  # of checkpoints, seconds
# Of a pause behind detection and restore: the first rows pass the job, are committed and read while others use both cores too.
BUSY_AFTER_RESTORE = 1.0
# Of a gap while a job manager starts beside the job. Every second one is away for longer than that: a job that waits for it is seen.
BUSY_WHILE_STARTING = 0.6


def new_ledger(broker, name, seconds):
    return Ledger(broker.bootstrap, f"{name}-{random.randrange(10**6)}", int(seconds * RATE), 7)


def times_of(cluster, text):
    """When the job manager logged such lines, epoch seconds."""
    lines = (cluster.folder / "jobmanager.log").read_text(errors="replace").splitlines()
    return [datetime.datetime.strptime(line[:30], "%Y-%m-%d %H:%M:%S.%f %z").timestamp() for line in lines if text in line]


def after(times, moment):
    return next(time for time in times if time > moment)


def test_task_managers_killed_at_random_moments(embedded, folder):
    """The output pauses no longer than detection and restore take, and one checkpoint. Of a kill in the middle of the restart from another,
    both have to be over."""
    kills = rounds(3, 50)
    chance = random.Random(kills)
    ledger = new_ledger(embedded, "taskmanager", 3.5 * kills + 5)
    outages = [[]]  # of each: when it was killed, monotonic and epoch seconds
    with Cluster(folder, ledger.script(parallelism=2, interval=int(INTERVAL * 1000))) as cluster, Watcher(embedded.bootstrap, f"{ledger.target}-copy") as watcher:
        cluster.start_job_manager()
        cluster.add_task_manager()
        cluster.add_task_manager()
        load = Load(ledger, RATE)
        cluster.wait(lambda: watcher.arrivals)
        for number in range(kills):
            victim = cluster.wait(cluster.holder)
            outages[-1].append((time.monotonic(), time.time()))
            cluster.kill(victim)
            cluster.add_task_manager()
            if number % 5 == 3:  # the next one in the middle of the restart
                time.sleep(chance.uniform(0.0, 0.6))
                continue
            assert watcher.resumed(*outages[-1][-1]) is not None, cluster.text()
            outages.append([])
            time.sleep(chance.uniform(0.0, 1.5))
        load.finish()
        try:
            ledger.check(120)
        except AssertionError:
            print(cluster.text())
            raise
        lost, deployed = times_of(cluster, "is no longer reachable.;"), times_of(cluster, " runs in task manager ")
    pauses, detections, restores, told = [], [], [], []
    for outage in outages[:-1]:
        last = outage[-1][1]
        detection = after(lost, last) - last
        restore = after(deployed, last + detection) - last - detection
        detections.append(detection)
        restores.append(restore)
        for moment, wall in outage:
            pause = next(arrived - moment for arrived, newest in watcher.arrivals if arrived > moment and newest > wall)
            allowed = last - wall + detection + restore + INTERVAL + BUSY_AFTER_RESTORE
            pauses.append(pause)
            told.append(f"pause {pause:.2f} s; {last - wall:.2f} s until the last kill, detection {detection:.2f} s, restore {restore:.2f} s, "
                        f"checkpoint {INTERVAL} s, margin {BUSY_AFTER_RESTORE} s: {'TOO LONG' if pause > allowed else 'allowed'}")
    print(f"\n{kills} task managers killed: from kill to new committed output {quantiles(pauses)}; "
          f"detection {quantiles(detections)}; from then until the job ran again {quantiles(restores)}")
    assert len(pauses) == kills
    assert not any("TOO LONG" in one for one in told), "\n".join(told)
    assert max(pauses) < LONGEST_PAUSE, "\n".join(told)


def test_job_manager_killed_at_random_moments(embedded, folder):
    """Periods of the same length with and without a kill take turns: other work on the machine makes gaps in both."""
    kills = rounds(6, 20)
    chance = random.Random(kills)
    ledger = new_ledger(embedded, "jobmanager", 8 * kills + 8)
    quiet, killed = [], []
    with Cluster(folder, ledger.script(parallelism=2, interval=int(INTERVAL * 1000))) as cluster, Watcher(embedded.bootstrap, f"{ledger.target}-copy") as watcher:
        cluster.start_job_manager()
        cluster.add_task_manager()
        cluster.add_task_manager()
        load = Load(ledger, RATE)
        cluster.wait(lambda: watcher.arrivals)
        holder = cluster.wait(cluster.holder)
        for number in range(kills):
            begin = time.monotonic()
            time.sleep(3)
            quiet.append(watcher.longest_gap(begin, time.monotonic()))
            begin = time.monotonic()
            cluster.job_manager.kill()
            time.sleep(chance.uniform(0.1, 1.0) if number % 2 == 0 else chance.uniform(1.0, 2.0))
            cluster.start_job_manager()
            time.sleep(max(0.5, begin + 3 - time.monotonic()))
            killed.append(watcher.longest_gap(begin, time.monotonic()))
        assert load.busy  # or there was no output to look at
        assert cluster.holder() is holder, cluster.text()  # the job never moved
        assert holder.text().count("starting again") == 0, holder.text()[-3000:]
        load.finish()
        ledger.check(120)
        job = cluster.wait_for_state("RUNNING")
        assert cluster.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"] == []
    print(f"\n{kills} job managers killed: longest gap between commits in 3 s: {quantiles(killed)}; without a kill: {quantiles(quiet)}")
    allowed = max(quiet) + INTERVAL + BUSY_WHILE_STARTING
    assert max(killed) < allowed, (f"gaps with a kill {killed}, without {quiet}; allowed {allowed:.2f} s: the longest without, "
                                   f"checkpoint {INTERVAL} s, margin {BUSY_WHILE_STARTING} s")


def test_a_job_that_needs_more_slots_waits_and_says_so(embedded, folder):
    ledger = new_ledger(embedded, "waiting", 2)
    with Cluster(folder, ledger.script(parallelism=3)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager(slots=2)
        job = cluster.wait_for_state("CREATED")
        report = cluster.wait(lambda: [one for one in [cluster.get(f"/api/jobs/{job['jid']}")] if "task manager)" in one["waiting_for"]])[0]
        assert report["waiting_for"] == "3 slots in one task manager; the largest has 2 slots (1 task manager)"
        ledger.write(len(ledger.events))
        cluster.add_task_manager(slots=3)
        cluster.wait_for_state("RUNNING")
        ledger.check()


def test_stop_with_a_savepoint_through_the_job_manager(embedded, folder):
    ledger = new_ledger(embedded, "savepoint", 6)
    with Cluster(folder, ledger.script(parallelism=2)) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        load = Load(ledger, RATE)
        job = cluster.wait_for_state("RUNNING")
        time.sleep(1)
        stopped = peers.millrace("stop", job["jid"], "--jobmanager", cluster.url, "--savepoint-path", folder / "saves").stdout
        path = str(next((folder / "saves").glob("savepoint-*")))
        assert path in stopped
        assert cluster.jobs()[0]["state"] == "FINISHED"
        cluster.wait(lambda: not (cluster.data / "jobs" / job["jid"]).exists())
        load.finish()
        # It goes on from there in another cluster, under another name: the old one's last checkpoint is not there.
        script = ledger.script(parallelism=1).replace(f"'pipeline.name' = '{ledger.name}'", f"'pipeline.name' = '{ledger.name}-again'")
        with Cluster(folder, f"SET 'execution.state-recovery.path' = '{path}';" + script) as second:
            second.data = folder / "second"
            second.start_job_manager()
            second.add_task_manager(slots=1)
            ledger.check()


def test_a_task_manager_that_is_told_to_end_hands_its_job_over(embedded, folder):
    ledger = new_ledger(embedded, "leaving", 8)
    with Cluster(folder, ledger.script(parallelism=2, interval=100)) as cluster, Watcher(embedded.bootstrap, f"{ledger.target}-copy") as watcher:
        cluster.start_job_manager()
        first = cluster.add_task_manager()
        load = Load(ledger, RATE)
        cluster.wait(lambda: watcher.arrivals)
        cluster.add_task_manager()
        time.sleep(1.5)
        moment = time.monotonic()
        assert first.stop() == 0, first.text()[-3000:]
        assert watcher.resumed(time.monotonic(), time.time()) is not None, cluster.text()
        pause = watcher.longest_gap(moment, time.monotonic())
        assert pause < LONGEST_PAUSE, cluster.text()
        load.finish()
        ledger.check()
        job = cluster.wait_for_state("RUNNING")
        assert cluster.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"] == []
    print(f"\nhanded over with a pause of {pause:.2f} s")


@pytest.mark.parametrize("end", ["wakes up", "is killed"])
def test_a_task_manager_that_hangs(embedded, folder, end):
    """It is lost for the job manager, but its checkpoints stay its own until it is back or dead: nobody writes beside it."""
    ledger = new_ledger(embedded, "hanging", 10)
    with Cluster(folder, ledger.script(parallelism=2), keys=["heartbeat.timeout=1 s", "heartbeat.interval=200 ms"]) as cluster:
        cluster.start_job_manager()
        cluster.add_task_manager()
        load = Load(ledger, RATE)
        cluster.wait_for_state("RUNNING")
        holder = cluster.wait(cluster.holder)
        other = cluster.add_task_manager()
        time.sleep(1)
        os.kill(holder.popen.pid, signal.SIGSTOP)
        job = cluster.wait_for_state("RESTARTING")
        cluster.wait(lambda: "answers again, or has ended" in cluster.get(f"/api/jobs/{job['jid']}")["waiting_for"])
        assert cluster.holder() is holder
        if end == "is killed":
            cluster.kill(holder)
            cluster.wait(lambda: cluster.holder() is other)
        else:
            os.kill(holder.popen.pid, signal.SIGCONT)
        cluster.wait_for_state("RUNNING")
        assert cluster.holder() is (other if end == "is killed" else holder)
        load.finish()
        ledger.check()
