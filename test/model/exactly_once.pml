/* How a job writes exactly once (docs/exactly-once.md), for spin: every interleaving of slots, coordinator and brokers,
 * with deaths of the process or its machine at every step and a second process with the same job.
 *
 * What is code is modelled step by step: engine/checkpoint_coordinator.cc (Job), exec/task.cc and step.cc (Source, Sink),
 * state/checkpoint_storage.cc (stages, Remove), connectors/kafka/kafka_committer.cc (Init, Begin, Commit). Kafka
 * does what Kafka promises. An event is one bit: the job writes it as a row and remembers in its state that it has seen
 * it, so that loss and doubling show in the output and in the state.
 *
 * Sizes and faults, by -D (run.sh says which together):
 *   SLOTS     1 or 2, each with a partition of its own and an exchange between them
 *   REC       events in each partition, 1 or 2
 *   TRIGGERS  checkpoints besides the last one of a run
 *   CRASHES   deaths of a process; with POWER its machine may lose what was not synced
 *   FAILURES  failures that may heal: the job starts again inside the process; the answer to a commit may be lost
 *   TIMEOUTS  transactions that the brokers end because they were open for too long
 *   ZOMBIE    a second process starts at any moment, from a copy of the first one's folder
 *   RESTARTS  a process that has ended, finished or fenced, is started again
 *   WRONG_x   a seeded mistake; spin must find what comes of it */

#ifndef REC
#define REC 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef TRIGGERS
#define TRIGGERS 2
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef FAILURES
#define FAILURES 0
#endif
#ifndef TIMEOUTS
#define TIMEOUTS 0
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#ifdef ZOMBIE
#define INSTANCES 2
#else
#define INSTANCES 1
#endif

#define N 8 /* checkpoint numbers are below */
#define ALL ((1 << (SLOTS * REC)) - 1)
#define BIT(event) (1 << (event))
#define BARRIER 16 /* + number, in a ring; events are below */
#define END 31
#define ENDED 15 /* in place of a barrier's number */

/* A snapshot: how far each partition was read, and the events the slots have seen. */
#define CONTENT(p0, p1, seen) ((p0) | ((p1) << 2) | ((seen) << 4))
#define POSITION(content, s) (((content) >> (2 * (s))) & 3)
#define SEEN(content) ((content) >> 4)
#define READ(content) (((1 << POSITION(content, 0)) - 1) | (((1 << POSITION(content, 1)) - 1) << REC))

/* To which slot an event goes, and which events each slot gets. */
#if SLOTS == 1
#define SLOT_OF(s, position) 0
#define KEPT(s) ALL
#else
#define SLOT_OF(s, position) (((s) + 1 + (position)) % 2)
#if REC == 1
#define KEPT(s) ((s) == 0 -> 2 : 1)
#else
#define KEPT(s) ((s) == 0 -> 6 : 9)
#endif
#endif

/* ------------------------------------------------------------------------------------------------------------ Kafka */
#define NONE 0
#define OPEN 1
#define COMMITTING 2 /* decided; readers do not see it yet */

typedef Transaction { /* of one transactional id */
  byte epoch;
  byte state;
  byte rows;
  bit twice;   /* some row is in it two times */
  byte number; /* the marker that is committed with it; 0 = not sent yet */
  byte tag;    /* which snapshot of that number */
  byte content;
  bit unstable; /* ended, and the group's offset not yet updated */
};
Transaction tx[2];
byte visible;                 /* rows that read_committed readers see */
byte marker, marker_tag, marker_content;

#define QUIET (tx[0].state != COMMITTING && tx[1].state != COMMITTING && !tx[0].unstable && !tx[1].unstable)

inline Empty(t) {
  tx[t].state = NONE;
  tx[t].rows = 0;
  tx[t].twice = 0
}

inline Abort(t) {
  Empty(t);
  if
  :: tx[t].unstable
  :: else -> tx[t].number = 0
  fi
}

/* Rows and marker of a committed transaction become visible, one after the other. */
inline ShowRows(t) {
  assert(!tx[t].twice && (visible & tx[t].rows) == 0); /* nothing is doubled */
  visible = visible | tx[t].rows;
  Empty(t);
  tx[t].unstable = 1
}

/* Of two, the offset that was sent later wins, whichever transaction ends first. */
inline ShowMarker(t) {
  tx[t].unstable = 0;
  if
  :: tx[t].number > marker -> marker = tx[t].number; marker_tag = tx[t].tag; marker_content = tx[t].content
  :: else
  fi;
  tx[t].number = 0;
  /* What is visible is what a run without failure has written when it has read this far. */
  assert(!QUIET || visible == READ(marker_content))
}

byte timeouts;
active proctype Brokers() {
end:
  do
  :: d_step { tx[0].state == COMMITTING -> ShowRows(0) }
  :: d_step { tx[1].state == COMMITTING -> ShowRows(1) }
  :: d_step { tx[0].unstable -> ShowMarker(0) }
  :: d_step { tx[1].unstable -> ShowMarker(1) }
#if TIMEOUTS
  :: d_step { timeouts < TIMEOUTS && tx[0].state == OPEN -> timeouts++; tx[0].epoch++; Abort(0) }
  :: d_step { timeouts < TIMEOUTS && tx[1].state == OPEN -> timeouts++; tx[1].epoch++; Abort(1) }
#endif
  od
}

/* ----------------------------------------------------------------------------------------------- checkpoints on disk */
/* How far the writing of a folder chk-N has come. Before RENAMED it is no checkpoint: Open removes it. */
#define ABSENT 0
#define FOLDER 1        /* checkpoint.folder.made */
#define DATA 2          /* checkpoint.data.written */
#define DATA_SYNCED 3   /* checkpoint.data.synced */
#define META 4          /* checkpoint.metadata.written */
#define META_SYNCED 5   /* checkpoint.metadata.synced */
#define RENAMED 6       /* checkpoint.metadata.renamed */
#define FOLDER_SYNCED 7 /* checkpoint.folder.synced */
#define DURABLE 8       /* checkpoint.durable */
#define DAMAGED 9       /* has metadata, cannot be loaded */

typedef Disk {
  byte stage[N];
  byte content[N];
  byte tag[N];
  byte old[N]; /* 1 + content of a removed one that a power failure may bring back; its tag is not looked at: 0 */
};
Disk disk[INSTANCES];
#ifdef WRONG_SHARED_FOLDER
#define D(i) 0
#else
#define D(i) (i)
#endif

/* The marker names one snapshot, not only a number: another process may have written another one of that number. */
#ifdef WRONG_NUMBER_ONLY
#define SAME(tag, wanted) true
#else
#define SAME(tag, wanted) ((tag) == (wanted))
#endif
#define IS_CHECKPOINT(i, n) (disk[D(i)].stage[n] >= RENAMED)

/* Power failure. What was synced stays, the rest may stay, be damaged or go. */
inline LosePower(i, n) {
  n = 1;
  do
  :: n == N -> break
  :: n < N ->
    if
    :: disk[D(i)].stage[n] == ABSENT
    :: disk[D(i)].stage[n] > ABSENT && disk[D(i)].stage[n] < RENAMED -> disk[D(i)].stage[n] = ABSENT
    :: disk[D(i)].stage[n] == RENAMED -> disk[D(i)].stage[n] = ABSENT
    :: disk[D(i)].stage[n] == RENAMED -> disk[D(i)].stage[n] = DAMAGED /* the entry of the data file went */
    :: disk[D(i)].stage[n] == RENAMED -> disk[D(i)].stage[n] = DURABLE
    :: disk[D(i)].stage[n] == FOLDER_SYNCED -> disk[D(i)].stage[n] = ABSENT
    :: disk[D(i)].stage[n] == FOLDER_SYNCED -> disk[D(i)].stage[n] = DURABLE
    :: disk[D(i)].stage[n] >= DURABLE
#ifdef WRONG_DATA_NOT_SYNCED
    :: disk[D(i)].stage[n] == DURABLE -> disk[D(i)].stage[n] = DAMAGED
#endif
#ifdef WRONG_RENAME_NOT_SYNCED
    :: disk[D(i)].stage[n] == DURABLE -> disk[D(i)].stage[n] = ABSENT
#endif
    fi;
    if
    :: disk[D(i)].old[n] && disk[D(i)].stage[n] == ABSENT -> /* its removal was not synced either */
      disk[D(i)].stage[n] = DURABLE; disk[D(i)].content[n] = disk[D(i)].old[n] - 1; disk[D(i)].tag[n] = 0
    :: true
    fi;
    disk[D(i)].old[n] = 0;
#ifdef WRONG_JOB_FOLDER_NOT_SYNCED
    disk[D(i)].stage[n] = ABSENT;
#endif
    n++
  od;
  n = 0
}

/* --------------------------------------------------------------------------------------------------- one process each */
#define IDLE 0
#define RUNNING 1
#define DONE 2
#define FAILED 3
#define STUCK 4 /* the state of the job is not there */

typedef Instance {
  byte status;
  bit crash;      /* the process is dead and its coordinator has not heard of it */
  bit slots;      /* the slots run */
  bit fenced;     /* a slot or the coordinator was refused */
  byte epoch[2];  /* of its two producers */
  bit begun[2];
  byte wanted;    /* checkpoint the slots are asked for */
  byte finished;  /* folders with metadata, one bit each, as it knows them */
};
Instance job[INSTANCES];

typedef SlotState {
  byte position;  /* of the partition it reads */
  bit ended;      /* all is read and END is sent */
  byte barrier;   /* last one it sent */
  byte acked;
  byte at_barrier;  /* position there */
  byte from[2];   /* last barrier that came, by sending slot; ENDED */
  byte passed;    /* last barrier that came from both */
  byte seen;      /* state */
  byte seen_at;   /* at the last barrier */
  byte held;      /* rows in the sink's buffer */
};
SlotState slot[INSTANCES * 2];
chan ring[INSTANCES * 4] = [2] of { byte };

#define X(i, s) (2 * (i) + (s))
#define RING(i, from, to) ring[4 * (i) + 2 * (from) + (to)]
#define ON(i) (job[i].slots && !job[i].fenced)
#if SLOTS == 1
#define BOTH(one, other) (one)
#define ROOM(i, s) nfull(RING(i, s, 0))
#define SEND_ALL(i, s, event) RING(i, s, 0)!(event)
#else
#define BOTH(one, other) ((one) && (other))
#define ROOM(i, s) (nfull(RING(i, s, 0)) && nfull(RING(i, s, 1)))
#define SEND_ALL(i, s, event) RING(i, s, 0)!(event); RING(i, s, 1)!(event)
#endif
/* The sink's producers take turns: what follows barrier n is written for checkpoint n + 1. */
#define ID(i, s) ((slot[X(i, s)].passed + 1) % 2)

inline WriteRows(i, s, t, rows_) {
  if
  :: rows_ == 0
  :: rows_ != 0 && job[i].epoch[t] != tx[t].epoch -> job[i].fenced = 1
  :: rows_ != 0 && job[i].epoch[t] == tx[t].epoch ->
    assert(job[i].begun[t]); /* nothing is written outside of a transaction */
    if
    :: (tx[t].rows & rows_) != 0 -> tx[t].twice = 1
    :: else
    fi;
    tx[t].state = OPEN;
    tx[t].rows = tx[t].rows | rows_
  fi
}

#ifdef WRONG_NO_ALIGNMENT
#define MAY_TAKE(i, f, s) (nempty(RING(i, f, s)))
#else
/* An input that is ahead waits for the other one. */
#define MAY_TAKE(i, f, s) \
  (nempty(RING(i, f, s)) && (slot[X(i, s)].from[f] == ENDED || slot[X(i, s)].from[f] <= slot[X(i, s)].passed))
#endif

inline Take(i, f, s, e) {
  if
  :: e == END -> slot[X(i, s)].from[f] = ENDED
  :: e >= BARRIER && e < END -> slot[X(i, s)].from[f] = e - BARRIER
  :: e < BARRIER ->
    assert((slot[X(i, s)].seen & BIT(e)) == 0); /* no event counts twice */
    slot[X(i, s)].seen = slot[X(i, s)].seen | BIT(e);
    if /* the row goes out, or into the buffer */
    :: tx[ID(i, s)].state != COMMITTING -> WriteRows(i, s, ID(i, s), BIT(e))
    :: slot[X(i, s)].held = slot[X(i, s)].held | BIT(e)
    fi
  fi;
  e = 0
}

#define FINISHED(i) BOTH(slot[X(i, 0)].ended && ALL_ENDED(i, 0), slot[X(i, 1)].ended && ALL_ENDED(i, 1))
#define SNAPSHOT(i) \
  CONTENT(slot[X(i, 0)].at_barrier, slot[X(i, 1)].at_barrier, slot[X(i, 0)].seen_at | slot[X(i, 1)].seen_at)
#define NEXT(i, s) (slot[X(i, s)].passed + 1)
#define ALL_ENDED(i, s) BOTH(slot[X(i, s)].from[0] == ENDED, slot[X(i, s)].from[1] == ENDED)
#define ALL_CAME(i, s) BOTH(slot[X(i, s)].from[0] >= NEXT(i, s), slot[X(i, s)].from[1] >= NEXT(i, s))

inline AtBarrier(i, s) {
#ifndef WRONG_NO_FLUSH
  WriteRows(i, s, ID(i, s), slot[X(i, s)].held);
  slot[X(i, s)].held = 0;
#endif
  slot[X(i, s)].passed++;
  slot[X(i, s)].seen_at = slot[X(i, s)].seen
}

/* The source of a slot: reads its partition, sends each event to the slot that keeps its state. */
proctype Source(byte i, s) {
end:
  do
  :: d_step { /* the barrier goes into every ring, behind all that was read */
      ON(i) && job[i].wanted > slot[X(i, s)].barrier && (slot[X(i, s)].ended || ROOM(i, s)) ->
      slot[X(i, s)].barrier = job[i].wanted;
      slot[X(i, s)].at_barrier = slot[X(i, s)].position;
      if
      :: slot[X(i, s)].ended
      :: else -> SEND_ALL(i, s, BARRIER + job[i].wanted)
      fi
    }
  :: d_step { /* the next event of its partition */
      ON(i) && slot[X(i, s)].position < REC && nfull(RING(i, s, SLOT_OF(s, slot[X(i, s)].position))) ->
      RING(i, s, SLOT_OF(s, slot[X(i, s)].position))!(REC * s + slot[X(i, s)].position);
      slot[X(i, s)].position++
    }
  :: d_step {
      ON(i) && slot[X(i, s)].position == REC && !slot[X(i, s)].ended && ROOM(i, s) ->
      SEND_ALL(i, s, END);
      slot[X(i, s)].ended = 1
    }
  od
}

/* The aggregation and the sink of a slot: count and write what comes from all sources. */
proctype Sink(byte i, s) {
  byte e;
end:
  do
  :: atomic { ON(i) && MAY_TAKE(i, 0, s) -> RING(i, 0, s)?e; Take(i, 0, s, e) }
  :: atomic { ON(i) && MAY_TAKE(i, 1, s) -> RING(i, 1, s)?e; Take(i, 1, s, e) }
  :: d_step { /* kafka.flush, kafka.flushed; a step that has ended does it when the slot takes part */
      ON(i) && ALL_CAME(i, s) && (!ALL_ENDED(i, s) || slot[X(i, s)].barrier == NEXT(i, s)) &&
      (slot[X(i, s)].held == 0 || tx[ID(i, s)].state != COMMITTING) -> AtBarrier(i, s)
    }
  :: d_step { /* the slot acknowledges what its source has sent and its sink has passed */
      ON(i) && slot[X(i, s)].barrier > slot[X(i, s)].acked && slot[X(i, s)].passed >= slot[X(i, s)].barrier ->
      slot[X(i, s)].acked = slot[X(i, s)].barrier
    }
  od
}

/* The slots are gone, with all they had. */
inline EndRun(i, k) {
  job[i].slots = 0;
  job[i].fenced = 0;
  job[i].wanted = 0;
  job[i].begun[0] = 0;
  job[i].begun[1] = 0;
  job[i].epoch[0] = 0;
  job[i].epoch[1] = 0;
  k = 0;
  do
  :: k < 4 ->
    do
    :: nempty(ring[4 * i + k]) -> ring[4 * i + k]?_
    :: empty(ring[4 * i + k]) -> break
    od;
    k++
  :: k == 4 -> break
  od;
  k = 0;
  do
  :: k < 2 ->
    slot[X(i, k)].position = 0; slot[X(i, k)].ended = 0; slot[X(i, k)].barrier = 0; slot[X(i, k)].acked = 0;
    slot[X(i, k)].at_barrier = 0; slot[X(i, k)].from[0] = 0; slot[X(i, k)].from[1] = 0; slot[X(i, k)].passed = 0;
    slot[X(i, k)].seen = 0; slot[X(i, k)].seen_at = 0; slot[X(i, k)].held = 0;
    k++
  :: k == 2 -> break
  od;
  k = 0
}

inline StartSlots(i, first, content_, k) {
  k = 0;
  do
  :: k < 2 ->
    slot[X(i, k)].position = POSITION(content_, k);
    /* Each slot gets the events it keeps. */
    slot[X(i, k)].seen = SEEN(content_) & KEPT(k);
    slot[X(i, k)].barrier = first - 1; slot[X(i, k)].acked = first - 1; slot[X(i, k)].passed = first - 1;
    slot[X(i, k)].from[0] = first - 1; slot[X(i, k)].from[1] = first - 1;
    k++
  :: k == 2 -> break
  od;
  k = 0;
  job[i].wanted = first - 1;
  job[i].slots = 1
}

/* InitProducerId: waits for what is being committed, aborts what is open, and nobody else may write any more. */
inline Init(i, t) {
  d_step {
    tx[t].state != COMMITTING ->
    Abort(t);
    tx[t].epoch++;
    job[i].epoch[t] = tx[t].epoch
  }
}

#ifdef WRONG_UNSTABLE_MARKER
#define STABLE true
#else
#define STABLE (tx[0].number == 0 && tx[1].number == 0) /* no offset waits for the end of a transaction */
#endif

inline Remove(i, n) {
  d_step {
    disk[D(i)].old[n] = (disk[D(i)].stage[n] == DURABLE -> 1 + disk[D(i)].content[n] : 0);
    disk[D(i)].stage[n] = FOLDER; /* checkpoint.half_removed */
    job[i].finished = job[i].finished & ~BIT(n)
  }
  disk[D(i)].stage[n] = ABSENT
}

/* Writes its number and sends the decision; both are refused when the producer was fenced. */
inline Commit(i, n, tag_) {
  d_step { /* kafka.commit */
    tx[n % 2].state != COMMITTING && !tx[n % 2].unstable ->
    if
    :: job[i].epoch[n % 2] != tx[n % 2].epoch -> job[i].fenced = 1
    :: else ->
      tx[n % 2].state = OPEN;
      tx[n % 2].number = n;
      tx[n % 2].tag = tag_;
      tx[n % 2].content = SNAPSHOT(i)
    fi
  }
  d_step {
    if
    :: job[i].fenced || job[i].epoch[n % 2] != tx[n % 2].epoch -> job[i].fenced = 1
    :: else ->
#ifndef WRONG_SHARED_FOLDER
      assert(disk[D(i)].stage[n] == DURABLE); /* the marker names a checkpoint that can be loaded */
#endif
      tx[n % 2].state = COMMITTING;
      job[i].begun[n % 2] = 0
    fi
  }
}

byte crashes, failures, triggers, tags, restarts;

proctype Job(byte i) {
  byte n;     /* checkpoint that is taken */
  byte next;  /* survives a restart inside the process */
  byte m, tag, k;
  byte committed; /* what the marker stands for: only for the assertion */
  bit final;
again:
  {
    job[i].status = RUNNING;
    d_step { /* CheckpointStorage::Open */
      job[i].finished = 0;
      k = 1;
      do
      :: k < N ->
        if
        :: IS_CHECKPOINT(i, k) -> job[i].finished = job[i].finished | BIT(k)
        :: else -> disk[D(i)].stage[k] = ABSENT
        fi;
        k++
      :: k == N -> break
      od;
      k = 0;
      tags++;
      tag = tags
    }
    /* PrepareRun: nobody else can commit any more; then the marker is what counts. */
#ifdef WRONG_MARKER_FIRST
    d_step { STABLE -> m = marker; k = marker_tag; committed = marker_content }
    Init(i, 0);
    Init(i, 1);
#else
#ifndef WRONG_ONE_FENCED
    Init(i, 0);
#else
    d_step { tx[0].state != COMMITTING -> job[i].epoch[0] = tx[0].epoch };
#endif
    Init(i, 1);
    d_step { STABLE -> m = marker; k = marker_tag; committed = marker_content }
#endif
#ifdef WRONG_LOAD_NEWEST
    d_step { do :: m + 1 < N && (job[i].finished & BIT(m + 1)) -> m++ :: else -> break od }
#endif
    if
    :: m > 0 && !((job[i].finished & BIT(m)) && SAME(disk[D(i)].tag[m], k)) -> k = 0; job[i].status = STUCK; goto over
    :: else -> k = 0
    fi;
    n = N - 1;
    do
    :: n > m && (job[i].finished & BIT(n)) -> Remove(i, n); n--
    :: n > m && !(job[i].finished & BIT(n)) -> n--
    :: n <= m -> break
    od;
    atomic {
      n = 0;
      if
      :: m > 0 ->
        assert(disk[D(i)].stage[m] == DURABLE);
        assert(disk[D(i)].content[m] == committed); /* it is the one that was committed */
        k = disk[D(i)].content[m]
      :: m == 0 -> k = 0
      fi;
      next = (next > m + 1 -> next : m + 1);
      m = 0;
      committed = 0;
      final = 0
    }
    job[i].begun[next % 2] = 1; /* kafka.begin */
    atomic { m = k; StartSlots(i, next, m, k); m = 0 }
    do
    :: if
    :: atomic { FINISHED(i) -> final = 1 }
    :: atomic { !FINISHED(i) && triggers < TRIGGERS -> triggers++ }
    :: job[i].fenced -> goto fenced
    fi;
    atomic { assert(next < N - 1); n = next; next++ }
#ifndef WRONG_BEGIN_LATE
      job[i].begun[(n + 1) % 2] = 1;
#endif
      job[i].wanted = n; /* checkpoint.trigger */
      if
      :: job[i].fenced -> goto fenced
#if FAILURES
      :: failures < FAILURES -> goto failed
#endif
      :: !job[i].fenced && BOTH(slot[X(i, 0)].acked == n, slot[X(i, 1)].acked == n) /* checkpoint.acknowledged */
      fi;
#ifdef WRONG_BEGIN_LATE
      job[i].begun[(n + 1) % 2] = 1;
#endif
#ifdef WRONG_COMMIT_FIRST
      Commit(i, n, tag);
#endif
#ifdef POWER
      disk[D(i)].stage[n] = FOLDER;
#endif
      atomic {
        disk[D(i)].stage[n] = DATA;
        disk[D(i)].tag[n] = tag;
        disk[D(i)].content[n] = SNAPSHOT(i)
      }
#ifdef POWER
      disk[D(i)].stage[n] = DATA_SYNCED;
      disk[D(i)].stage[n] = META;
      disk[D(i)].stage[n] = META_SYNCED;
#endif
      disk[D(i)].stage[n] = RENAMED;
#ifdef POWER
      disk[D(i)].stage[n] = FOLDER_SYNCED;
#endif
      d_step { /* the folder around it is synced: what was removed there stays removed */
        disk[D(i)].stage[n] = DURABLE;
        job[i].finished = job[i].finished | BIT(n);
        k = 1;
        do
        :: k < N -> disk[D(i)].old[k] = 0; k++
        :: k == N -> break
        od;
        k = 0
      }
#ifndef WRONG_COMMIT_FIRST
      Commit(i, n, tag);
#endif
      if
      :: job[i].fenced -> goto fenced
#if FAILURES
      :: !job[i].fenced && failures < FAILURES -> goto failed /* the answer was lost */
#endif
      :: !job[i].fenced /* kafka.committed, checkpoint.completed */
      fi;
      k = 1;
      do
      :: k < n && (job[i].finished & BIT(k)) -> Remove(i, k); k++
      :: k < n && !(job[i].finished & BIT(k)) -> k++
      :: k >= n -> break
      od;
      k = 0;
      if
      :: final -> break
      :: else
      fi
    od;
#ifdef WRONG_FOLDER_REMOVED
    atomic { n = 0; EndRun(i, k) }
    do
    :: n + 1 < N && (job[i].finished & BIT(n + 1)) -> n++; Remove(i, n)
    :: n + 1 < N && !(job[i].finished & BIT(n + 1)) -> n++
    :: n + 1 == N -> break
    od;
#endif
    job[i].status = DONE;
    goto over;
#if FAILURES
failed:
    atomic { failures++; n = 0; final = 0; tag = 0; EndRun(i, k) }
    goto again;
#endif
fenced:
    job[i].status = FAILED;
over:
    atomic { n = 0; m = 0; next = 0; final = 0; tag = 0; committed = 0; EndRun(i, k) }
end:
    job[i].status == IDLE; /* a process that has ended may be started again */
    goto again
  } unless {
    atomic { job[i].crash -> job[i].crash = 0; n = 0; m = 0; next = 0; final = 0; tag = 0; committed = 0; k = 0 }
    goto again
  }
}

#define HAS_ENDED(i) (job[i].status == FAILED || job[i].status == DONE)
#define HOLDS_MARKER(i) \
  (job[i].status == FAILED && \
   (marker == 0 || (IS_CHECKPOINT(i, marker) && SAME(disk[D(i)].tag[marker], marker_tag))))
#ifdef ZOMBIE
#define SOME(status_) (job[0].status == status_ || job[1].status == status_)
#else
#define SOME(status_) (job[0].status == status_)
#endif

/* Deaths, and the operator who starts what has ended. */
init {
  byte i, k;
  bit second;
  atomic {
    i = 0;
    do
    :: i < INSTANCES -> 
      run Source(i, 0);
      run Sink(i, 0);
#if SLOTS == 2
      run Source(i, 1);
      run Sink(i, 1);
#endif
      i++
    :: i == INSTANCES -> break
    od;
    i = 0;
    run Job(0)
  }
end:
  do
  :: atomic {
      if
      :: crashes < CRASHES && job[0].status == RUNNING && !job[0].crash -> i = 0
#ifdef ZOMBIE
      :: crashes < CRASHES && job[1].status == RUNNING && !job[1].crash -> i = 1
#endif
      fi;
      crashes++;
      job[i].crash = 1;
      EndRun(i, k);
#ifdef POWER
      if
      :: LosePower(i, k)
      :: true
      fi;
#endif
      i = 0
    }
#ifdef ZOMBIE
  :: atomic { /* a second process, from a copy of the folder */
      !second && job[0].status == RUNNING -> second = 1;
#ifndef WRONG_SHARED_FOLDER
      k = 1;
      do
      :: k < N ->
        disk[1].stage[k] = (disk[0].stage[k] >= RENAMED -> DURABLE : ABSENT);
        disk[1].content[k] = disk[0].content[k];
        disk[1].tag[k] = disk[0].tag[k];
        k++
      :: k == N -> break
      od;
      k = 0;
#endif
      run Job(1)
    }
#endif
  :: atomic { restarts < RESTARTS && HAS_ENDED(0) -> restarts++; job[0].status = IDLE }
#ifdef ZOMBIE
  :: atomic { restarts < RESTARTS && HAS_ENDED(1) -> restarts++; job[1].status = IDLE }
#endif
  :: timeout -> /* nothing moves any more */
    if
    :: SOME(DONE) -> break
    :: else -> /* all were fenced or found no state: the operator starts the one that has it, alone */
      if
      :: HOLDS_MARKER(0) -> job[0].status = IDLE
#ifdef ZOMBIE
      :: HOLDS_MARKER(1) -> job[1].status = IDLE
#endif
      :: else -> assert(false) /* the job can never end */
      fi
    fi
  od;
  assert(QUIET && visible == ALL) /* all is there, once */
}
