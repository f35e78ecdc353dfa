//! One history: what happens in what order, then the healing, then the judgement.

use saga::TransferState;
use time::Duration;

use super::{
    civil, judge,
    sim::{Tally, World},
};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Action {
    Create,
    Rush,
    Claim,
    Decline,
    Event,
    Pay,
    Refund,
    Reverse,
    SendAgain,
    Wallet,
    Fly,
    March,
    Arrive,
    Land,
    Haunt,
    BookDies,
    Crash,
    Pause,
    GoOn,
    Sweep,
    Follow,
    LatePage,
    Wait,
    WaitLong,
    Edge,
    Jump,
}

/// How often each happens, in parts of their sum.
const WEIGHTS: [(Action, u16); 26] = [
    (Action::Create, 18),
    (Action::Rush, 3),
    (Action::Claim, 18),
    (Action::Decline, 2),
    (Action::Event, 2),
    (Action::Pay, 22),
    (Action::Refund, 10),
    (Action::Reverse, 3),
    (Action::SendAgain, 3),
    (Action::Wallet, 4),
    (Action::Fly, 30),
    (Action::March, 12),
    (Action::Arrive, 30),
    (Action::Land, 12),
    (Action::Haunt, 5),
    (Action::BookDies, 2),
    (Action::Crash, 2),
    (Action::Pause, 2),
    (Action::GoOn, 3),
    (Action::Sweep, 14),
    (Action::Follow, 22),
    (Action::LatePage, 3),
    (Action::Wait, 4),
    (Action::WaitLong, 1),
    (Action::Edge, 1),
    (Action::Jump, 3),
];

/// What no history leaves out.
const fn is_essential(action: Action) -> bool {
    matches!(
        action,
        Action::Create | Action::Claim | Action::Fly | Action::Arrive | Action::Land | Action::Follow
    )
}

/// Plays the history of a seed. A world that breaks a rule panics.
pub(crate) fn play(seed: u64) -> Tally {
    let mut world = World::new(seed);
    // Histories that lack some actions reach states that a mixture of all never sees.
    let left_out = if world.dice.one_in(3) { 0 } else { world.dice.draw() & world.dice.draw() };
    let length = 40 + world.dice.below(140);
    for _ in 0..length {
        let action = pick(&mut world);
        let place =
            WEIGHTS.iter().position(|(of, _)| std::mem::discriminant(of) == std::mem::discriminant(&action));
        if is_essential(action) || place.is_some_and(|place| left_out >> place & 1 == 0) {
            act(&mut world, action);
        }
    }
    world.heal();
    judge::settled(&world);
    for _ in 0..3 {
        world.refund();
    }
    world.heal();
    judge::settled(&world);
    judge::tally(&mut world);
    world.tally
}

fn pick(world: &mut World) -> Action {
    let total: u16 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut rest = u16::try_from(world.dice.below(usize::from(total))).expect("it is below the total");
    for (action, weight) in WEIGHTS {
        if rest < weight {
            return action;
        }
        rest -= weight;
    }
    unreachable!("the weights make their total")
}

fn act(world: &mut World, action: Action) {
    if !matches!(action, Action::Create | Action::Rush | Action::Claim | Action::Edge) || world.dice.one_in(2)
    {
        world.now += Duration::microseconds(world.dice.fen(400_000));
    }
    match action {
        Action::Create => {
            // At night nothing is accepted; mostly people wait for the morning.
            if !(civil::SIX..civil::TWENTY_TWO).contains(&civil::clock(world.now)) && !world.dice.one_in(4) {
                world.now = civil::next(world.now, civil::SIX);
            }
            world.create();
        }
        Action::Rush => {
            edge(world, false);
            world.create();
        }
        Action::Claim => world.ask(true),
        Action::Decline => world.ask(false),
        Action::Event => world.event(),
        Action::Pay => world.pay(),
        Action::Refund => world.refund(),
        Action::Reverse => world.reverse(),
        Action::SendAgain => world.send_again(),
        Action::Wallet => world.wallet(),
        Action::Arrive => world.arrive(),
        Action::Land => world.land_any(),
        Action::Haunt => world.haunt(),
        Action::BookDies => {
            if let Some(process) = world.runner() {
                (0..world.books.len()).for_each(|book| world.fly(process, book, 3));
            }
            world.book_dies();
        }
        Action::LatePage => world.late_page(),
        Action::Wait => world.now += Duration::seconds(world.dice.fen(3_600)),
        Action::WaitLong => {
            world.count("days of silence");
            world.now += Duration::hours(world.dice.fen(90));
        }
        Action::Edge => edge(world, true),
        Action::Jump => jump(world),
        Action::Fly
        | Action::March
        | Action::Crash
        | Action::Pause
        | Action::GoOn
        | Action::Sweep
        | Action::Follow => {
            act_of_process(world, action);
        }
    }
}

fn act_of_process(world: &mut World, action: Action) {
    if matches!(action, Action::GoOn) {
        let number = world.dice.below(world.processes.len());
        world.processes[number].paused = false;
        return;
    }
    let Some(process) = world.runner() else { return };
    match action {
        Action::Fly => {
            let names = world.names.clone();
            let of = &mut world.processes[process];
            let busy: Vec<usize> =
                (0..names.len()).filter(|book| !of.queue(names[*book]).is_empty()).collect();
            if !busy.is_empty() {
                let (book, most) = (*world.dice.pick(&busy), 1 + world.dice.below(6));
                world.fly(process, book, most);
            }
        }
        Action::March => {
            for book in 0..2 * world.books.len() {
                world.fly(process, book % world.books.len(), usize::MAX);
                world.arrive();
            }
        }
        Action::Crash => world.crash(process),
        Action::Pause => {
            world.count("process stopped");
            world.processes[process].paused = true;
        }
        Action::Sweep => {
            let task = world.dice.below(4);
            world.sweep(process, task);
        }
        _ => {
            let (feed, most) = (world.dice.below(world.feeds()), 1 + world.dice.below(12));
            world.follow(process, feed, most);
        }
    }
}

/// The world's clock comes to an edge of the civil day: on it to the microsecond, or a little to either side.
fn edge(world: &mut World, blurred: bool) {
    world.count("edge of a day");
    let shows = *world.dice.pick(&[civil::TWENTY_TWO, civil::SIX, civil::HALF_PAST_FIVE, 0]);
    let at = civil::next(world.now, shows);
    let blur = if blurred { *world.dice.pick(&[-300_000_000, -1_000_000, -1, 0, 1, 1_000_000]) } else { 0 };
    world.now = (at + Duration::microseconds(blur)).max(world.now);
}

/// A clock jumps, of a book or of a process.
fn jump(world: &mut World) {
    world.count("clock jumps");
    let by = *world.dice.pick(&[-3_600, -300, -1, 0, 1, 300, 3_600]);
    let clocks = world.books.len() + world.processes.len();
    let number = world.dice.below(clocks);
    match world.offsets.get_mut(number) {
        Some(offset) => *offset = by,
        None => world.processes[number - world.books.len()].offset = by,
    }
}

impl World {
    /// Nothing goes wrong any more: what is late arrives, whoever stood still goes on, and all work is done; then the
    /// night passes, and what nobody has claimed is back.
    pub(crate) fn heal(&mut self) {
        self.faults = false;
        self.processes.iter_mut().for_each(|process| (process.paused, process.offset) = (false, 0));
        self.offsets.iter_mut().for_each(|offset| *offset = 0);
        for accept in std::mem::take(&mut self.waiting) {
            self.submit(0, &[settlement::command::Command::Accept(Box::new(accept))]);
        }
        while !self.pages.is_empty() {
            self.late_page();
        }
        while !self.replies.is_empty() {
            self.land_any();
        }
        while !self.ghosts.is_empty() {
            self.haunt();
        }
        self.clients_insist();
        self.rest();
        self.now = civil::next(self.now + Duration::DAY, civil::SIX).max(self.base.at);
        self.rest();
        let open = |(row, _): &&(settlement::transfer::Transfer, uuid::Uuid)| {
            !row.state.is_end() && row.state.view() != TransferState::Claimed
        };
        let left: Vec<_> = self.base.transfers.values().filter(open).map(|(row, _)| &row.state).collect();
        assert!(left.is_empty(), "after the night: {left:?}");
    }

    /// Until nobody has anything to do.
    fn rest(&mut self) {
        for _ in 0..40 {
            self.now += Duration::seconds(8);
            for process in 0..self.processes.len() {
                for task in 0..4 {
                    self.sweep(process, task);
                }
                for feed in 0..self.feeds() {
                    self.follow(process, feed, usize::MAX);
                }
                for book in 0..self.books.len() {
                    self.fly(process, book, usize::MAX);
                }
            }
            while let Some(flight) = self.flights.pop() {
                self.meet(flight);
            }
            if self.is_quiet() {
                return;
            }
        }
        let due: Vec<_> = self.base.transfers.values().filter(|(row, _)| row.is_due()).collect();
        panic!("there is no end to the work: {due:#?} {:#?}", self.base.lots);
    }

    fn is_quiet(&mut self) -> bool {
        let names = self.names.clone();
        let idle = self.processes.iter_mut().all(|process| process.is_idle(&names));
        let due = self.base.transfers.values().any(|(row, _)| row.is_due())
            || self.base.lots.values().any(|(lot, _)| lot.due);
        let overdue = !self.base.overdue(self.now).is_empty();
        idle && !due && !overdue && (0..self.feeds()).all(|feed| self.page(feed, 1).is_none())
    }
}
