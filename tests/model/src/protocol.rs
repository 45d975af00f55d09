//! The transitions of the model: the rules of the key, the lease and the participant as the service implements them,
//! and the faults that the protocol must tolerate.

use stateright::{Model, Property};

use crate::world::{
    Call, Claim, Driver, OrderName, Phase, REPLICAS, Request, Row, Seen, Stage, World, Write,
};

/// A rule that is left out, to show that the checker finds the flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Every rule is kept.
    None,
    /// A commit is not conditional on epoch and version.
    Unfenced,
    /// A step with an unknown outcome is treated as one that had no effect.
    UnknownIsNo,
    /// The key is stored in Redis only.
    KeyInRedisAlone,
    /// The key is stored in Redis only, and its claim expires during a slow request; Redis loses no data.
    UnlockOnTimeout,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) flaw: Flaw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    /// A replica claims the key and sends the first commit, or reads the stored answer.
    Claim(usize),
    /// A first commit reaches the database; its answer may be lost, and it is sent again.
    BeginArrives(OrderName, bool),
    /// A replica completes the key and answers its caller.
    Answer(usize),
    /// A call reaches the participant; its answer may be lost.
    CallArrives(u8, Call, bool),
    /// A driver's call times out; the driver retries or gives up.
    Timeout(usize, bool),
    /// A driver's commit reaches the database; its answer may be lost, and it is sent again.
    WriteArrives(Write, bool),
    /// The saga's lease expires; its owner is dead or slow.
    LeaseEnds,
    /// A replica claims the saga.
    TakeOver(usize),
    /// The claim of the key expires.
    ClaimEnds,
    /// A replica crashes and restarts; its caller repeats the request.
    Crash(usize),
    /// Redis loses its data.
    Forget,
    /// The user cancels, which changes the row beside the driver.
    Cancel,
}

impl Model for Protocol {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        actions.extend([
            Action::LeaseEnds,
            Action::ClaimEnds,
            Action::Forget,
            Action::Cancel,
        ]);
        for replica in 0..REPLICAS {
            actions.extend([
                Action::Claim(replica),
                Action::Answer(replica),
                Action::Timeout(replica, false),
                Action::Timeout(replica, true),
                Action::TakeOver(replica),
                Action::Crash(replica),
            ]);
        }
        for is_lost in [false, true] {
            actions.extend(
                world
                    .begins
                    .iter()
                    .map(|name| Action::BeginArrives(*name, is_lost)),
            );
            actions.extend(
                world
                    .writes
                    .iter()
                    .map(|write| Action::WriteArrives(*write, is_lost)),
            );
            let calls = world.calls.iter();
            actions.extend(calls.map(|(epoch, call)| Action::CallArrives(*epoch, *call, is_lost)));
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        let happened = match action {
            Action::Claim(replica) => claim(&mut world, replica),
            Action::BeginArrives(name, is_lost) => self.begin_arrives(&mut world, name, is_lost),
            Action::Answer(replica) => answer(&mut world, replica),
            Action::CallArrives(epoch, call, is_lost) => {
                call_arrives(&mut world, epoch, call, is_lost)
            }
            Action::Timeout(replica, gives_up) => self.timeout(&mut world, replica, gives_up),
            Action::WriteArrives(write, is_lost) => self.write_arrives(&mut world, write, is_lost),
            Action::LeaseEnds => lease_ends(&mut world),
            Action::TakeOver(replica) => take_over(&mut world, replica),
            Action::ClaimEnds => self.claim_ends(&mut world),
            Action::Crash(replica) => crash(&mut world, replica),
            Action::Forget => self.forget(&mut world),
            Action::Cancel => cancel(&mut world),
        };
        happened?;
        self.drop_stale_messages(&mut world);
        (world != *last).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        crate::promises::all()
    }
}

fn claim(world: &mut World, replica: usize) -> Option<()> {
    if world.replicas[replica].request != Request::Unsent {
        return None;
    }
    match world.redis {
        Claim::Free => {
            let name = world.name(replica);
            world.redis = Claim::Held(name);
            world.replicas[replica].request = Request::Committing;
            world.begins.insert(name);
        }
        // 409: the caller repeats the request.
        Claim::Held(_) => return None,
        Claim::Done(order) => world.replicas[replica].request = Request::Answered(order),
    }
    Some(())
}

fn answer(world: &mut World, replica: usize) -> Option<()> {
    let Request::Settled(order) = world.replicas[replica].request else {
        return None;
    };
    if world.redis == Claim::Held(world.name(replica)) {
        world.redis = Claim::Done(order);
    }
    world.replicas[replica].request = Request::Answered(order);
    Some(())
}

impl Protocol {
    fn begin_arrives(self, world: &mut World, name: OrderName, is_lost: bool) -> Option<()> {
        world.begins.remove(&name);
        let known = world.row.as_ref().map(|row| row.order);
        let order = known
            .filter(|known| self.key_is_unique() || *known == name)
            .unwrap_or(name);
        if known != Some(order) {
            world.orders_made += 1;
            world.row = Some(Row {
                order,
                epoch: 1,
                is_leased: true,
                stage: Stage::Begun,
                is_cancelled: false,
                last: None,
            });
        }
        let is_waited_for =
            world.name(name.0) == name && world.replicas[name.0].request == Request::Committing;
        if is_waited_for && is_lost {
            world.begins.insert(name);
        } else if is_waited_for {
            world.replicas[name.0].request = Request::Settled(order);
            if order == name && world.replicas[name.0].driver.is_none() {
                decide(world, name.0, 1, (Stage::Begun, false));
            }
        }
        Some(())
    }

    pub(crate) fn key_is_unique(self) -> bool {
        match self.flaw {
            Flaw::None | Flaw::Unfenced | Flaw::UnknownIsNo => true,
            Flaw::KeyInRedisAlone | Flaw::UnlockOnTimeout => false,
        }
    }

    fn timeout(self, world: &mut World, replica: usize, gives_up: bool) -> Option<()> {
        let driver = world.replicas[replica].driver?;
        let Phase::Calling(call) = driver.phase else {
            return None;
        };
        let (epoch, seen) = (driver.epoch, driver.seen);
        match (call, gives_up) {
            (Call::Act, true) if self.flaw == Flaw::UnknownIsNo => {
                propose(world, replica, epoch, seen, Stage::Failed);
            }
            (Call::Act, true) => propose(world, replica, epoch, seen, Stage::Undoing),
            (Call::Act | Call::Undo, false) => {
                world.calls.insert((epoch, call));
            }
            (Call::Undo, true) => return None,
        }
        Some(())
    }

    fn write_arrives(self, world: &mut World, write: Write, is_lost: bool) -> Option<()> {
        world.writes.remove(&write);
        let row = world.row.as_mut()?;
        let version = (row.stage, row.is_cancelled);
        let fits = row.epoch == write.epoch && version == write.seen;
        let is_known = row.last == Some(write);
        if !is_known && (fits || self.flaw == Flaw::Unfenced) {
            row.stage = write.next;
            row.last = Some(write);
            row.is_leased = !write.next.is_final();
        }
        let applied = row.last == Some(write);
        let (epoch, version) = (row.epoch, (row.stage, row.is_cancelled));
        let waits = |driver: &Driver| {
            driver.epoch == write.epoch
                && driver.seen == write.seen
                && driver.phase == Phase::Writing(write.next)
        };
        let Some(replica) = world.driving(waits) else {
            return Some(());
        };
        if is_lost {
            world.writes.insert(write);
        } else if applied {
            decide(world, replica, write.epoch, version);
        } else if epoch == write.epoch {
            // Another writer changed the row: read again, and apply the same event to the new state.
            let next = match (write.next, version.1) {
                (Stage::Acting, true) => Stage::Failed,
                (Stage::Confirmed, true) => Stage::Undoing,
                (next, _) => next,
            };
            propose(world, replica, epoch, version, next);
        } else {
            world.replicas[replica].driver = None;
        }
        Some(())
    }

    fn claim_ends(self, world: &mut World) -> Option<()> {
        let Claim::Held(name) = world.redis else {
            return None;
        };
        let is_renewed = world.name(name.0) == name
            && match world.replicas[name.0].request {
                Request::Committing | Request::Settled(_) => true,
                Request::Unsent | Request::Answered(_) => false,
            };
        if is_renewed && self.flaw != Flaw::UnlockOnTimeout {
            return None;
        }
        world.redis = Claim::Free;
        Some(())
    }

    fn forget(self, world: &mut World) -> Option<()> {
        if !world.may_forget || self.flaw == Flaw::UnlockOnTimeout {
            return None;
        }
        world.may_forget = false;
        world.redis = Claim::Free;
        Some(())
    }
}

/// The driver's next commit or call after it has read the row.
fn decide(world: &mut World, replica: usize, epoch: u8, seen: Seen) {
    match seen {
        (Stage::Begun, false) => propose(world, replica, epoch, seen, Stage::Acting),
        // The call was never sent, so there is nothing to undo.
        (Stage::Begun, true) => propose(world, replica, epoch, seen, Stage::Failed),
        (Stage::Acting, true) => propose(world, replica, epoch, seen, Stage::Undoing),
        (Stage::Acting, false) => call(world, replica, epoch, seen, Call::Act),
        (Stage::Undoing, _) => call(world, replica, epoch, seen, Call::Undo),
        (Stage::Confirmed | Stage::Failed, _) => world.replicas[replica].driver = None,
    }
}

fn call(world: &mut World, replica: usize, epoch: u8, seen: Seen, call: Call) {
    world.calls.insert((epoch, call));
    let phase = Phase::Calling(call);
    world.replicas[replica].driver = Some(Driver { epoch, seen, phase });
}

/// The driver sends a commit.
fn propose(world: &mut World, replica: usize, epoch: u8, seen: Seen, next: Stage) {
    world.writes.insert(Write { epoch, seen, next });
    let phase = Phase::Writing(next);
    world.replicas[replica].driver = Some(Driver { epoch, seen, phase });
}

/// The participant's rules: a repeat has no second effect, an undo leaves a mark, an action after the mark is refused.
fn call_arrives(world: &mut World, epoch: u8, call: Call, is_lost: bool) -> Option<()> {
    world.calls.remove(&(epoch, call));
    let there = &mut world.participant;
    let next = match call {
        Call::Act if there.is_marked => Stage::Undoing,
        Call::Act => {
            there.effects += u8::from(!there.is_in_place);
            there.is_in_place = true;
            Stage::Confirmed
        }
        Call::Undo => {
            (there.is_marked, there.is_in_place) = (true, false);
            Stage::Failed
        }
    };
    let waits = |driver: &Driver| driver.epoch == epoch && driver.phase == Phase::Calling(call);
    if let Some(replica) = world.driving(waits).filter(|_| !is_lost)
        && let Some(driver) = world.replicas[replica].driver
    {
        propose(world, replica, epoch, driver.seen, next);
    }
    Some(())
}

fn lease_ends(world: &mut World) -> Option<()> {
    let epoch = world.row.as_ref()?.epoch;
    let is_driven = world.driving(|driver| driver.epoch == epoch).is_some();
    let row = world.row.as_mut()?;
    if !row.is_leased || (is_driven && !world.may_stall) {
        return None;
    }
    // The lease of a dead owner may expire any number of times; that of a slow owner once.
    world.may_stall &= !is_driven;
    row.is_leased = false;
    Some(())
}

fn take_over(world: &mut World, replica: usize) -> Option<()> {
    let row = world.row.as_mut()?;
    if row.is_leased || row.stage.is_final() || world.replicas[replica].driver.is_some() {
        return None;
    }
    row.epoch += 1;
    row.is_leased = true;
    let (epoch, seen) = (row.epoch, (row.stage, row.is_cancelled));
    decide(world, replica, epoch, seen);
    Some(())
}

fn crash(world: &mut World, replica: usize) -> Option<()> {
    if !world.may_crash {
        return None;
    }
    world.may_crash = false;
    world.replicas[replica].driver = None;
    let crashed = &mut world.replicas[replica];
    match crashed.request {
        Request::Answered(_) => {}
        Request::Unsent | Request::Committing | Request::Settled(_) => {
            crashed.request = Request::Unsent;
            crashed.attempt += 1;
        }
    }
    Some(())
}

fn cancel(world: &mut World) -> Option<()> {
    let row = world.row.as_mut()?;
    if !world.may_cancel || row.stage.is_final() || row.stage == Stage::Undoing {
        return None;
    }
    world.may_cancel = false;
    row.is_cancelled = true;
    Some(())
}
