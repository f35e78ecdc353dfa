//! What people do: share, claim, decline, pay, take back, open and freeze wallets; and what ends a bond or a life.
//! A client that heard nothing sends the same again.

use ledger::{
    Command as BookCommand,
    codes::{Category, LotState, RefundKind},
    command::{Cost, FreezeWallet, Pay, Refund, ReversePayment, SetAutoClaim, SharedWanted},
    rows::LotRow,
};
use money::Yuan;
use policy::Programme;
use saga::ReturnCause;
use settlement::{
    command::{Accept, Ask, BondItem, Command, PersonItem},
    transfer::Source,
};
use standards::{InstitutionCode, PaymentId, Pool, RefundId, TransferId};

use super::{people, sim::World};

const CAUSES: [ReturnCause; 5] = [
    ReturnCause::BondDissolved,
    ReturnCause::EnrolmentChanged,
    ReturnCause::WalletClosed,
    ReturnCause::Death,
    ReturnCause::Sanction,
];

impl World {
    /// A process that runs; `None` if all stand still.
    pub(crate) fn runner(&mut self) -> Option<usize> {
        let running: Vec<usize> =
            (0..self.processes.len()).filter(|number| !self.processes[*number].paused).collect();
        (!running.is_empty()).then(|| *self.dice.pick(&running))
    }

    /// One to three transfers are asked for at once: new ones, repeated ones, and ones with facts grown old.
    pub(crate) fn create(&mut self) {
        let Some(process) = self.runner() else { return };
        let mut commands = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let accept = if !self.accepts.is_empty() && self.dice.one_in(8) {
                self.count("transfer asked for again");
                self.accepts[self.dice.below(self.accepts.len())].clone()
            } else if !self.waiting.is_empty() && self.dice.one_in(3) {
                self.count("transfer with old facts");
                self.waiting.swap_remove(0)
            } else {
                self.new_accept()
            };
            if self.dice.one_in(8) {
                self.waiting.push(accept);
            } else {
                commands.push(Command::Accept(Box::new(accept)));
            }
        }
        self.submit(process, &commands);
    }

    fn new_accept(&mut self) -> Accept {
        let bond = &self.bonds[self.dice.below(self.bonds.len())];
        let amount = match self.dice.below(8) {
            0 => 200_000,
            1 => 200_001,
            2 => 1,
            3..=5 => self.dice.fen(20_000),
            _ => self.dice.fen(200_000),
        };
        let accept = Accept {
            transfer: TransferId::new(self.ids.fresh(3)),
            programme: Programme::Wallet,
            bond: bond.id,
            amount: Yuan::from_fen(amount),
            source: Source::PersonalAccount,
            beneficiary: self.persons[bond.beneficiary].id,
            sharer: self.persons[bond.sharer].id,
            online: true,
            assertion: String::new(),
            trace: None,
            facts: Some(people::facts(bond, &self.persons)),
        };
        self.accepts.push(accept.clone());
        accept
    }

    /// The beneficiary wants a transfer, or does not.
    pub(crate) fn ask(&mut self, claim: bool) {
        let Some(process) = self.runner() else { return };
        let pending = |view| view == saga::TransferState::PendingClaim;
        let rows = self.base.transfers.values().map(|(row, _)| row);
        let mut ids: Vec<_> =
            rows.clone().filter(|row| pending(row.state.view())).map(|row| row.pinned.id).collect();
        if ids.is_empty() || self.dice.one_in(10) {
            ids = rows.map(|row| row.pinned.id).collect();
        }
        if ids.is_empty() {
            return;
        }
        let (transfer, request) = (*self.dice.pick(&ids), self.ids.request());
        let ask = Ask { request, transfer, assertion: String::new() };
        let command = if claim { Command::Claim(ask) } else { Command::Decline(ask) };
        self.submit(process, std::slice::from_ref(&command));
        if self.dice.one_in(4) {
            self.submit(process, &[command]);
        }
    }

    /// A bond ends, or a person dies; the streams will tell.
    pub(crate) fn event(&mut self) {
        if self.dice.one_in(4) {
            let number = self.dice.below(self.persons.len());
            self.persons[number].dead = true;
            let position = i64::try_from(self.identity.len()).expect("few") + 1;
            let person = self.persons[number].id;
            self.identity.push(PersonItem { position, person, deceased: true });
            self.count("death");
            return;
        }
        let cause = *self.dice.pick(&CAUSES);
        let position = i64::try_from(self.kinship.len()).expect("few") + 1;
        let number = self.dice.below(self.bonds.len());
        let bond = &mut self.bonds[number];
        bond.ended.get_or_insert(cause);
        self.kinship.push(BondItem {
            position,
            bond: bond.id,
            sharer: self.persons[bond.sharer].id,
            beneficiary: self.persons[bond.beneficiary].id,
            revision: position + 1,
            ended: Some(cause),
        });
        self.count("end of a bond");
    }

    /// Sends a client's command to a book: it may be lost, or only its answer, and is sent again later then.
    fn send(&mut self, book: usize, command: BookCommand) {
        self.sent.push((book, command.clone()));
        if self.faults && self.dice.one_in(8) {
            self.count("client's command lost");
            return;
        }
        self.at_book(book, &[command]);
    }

    pub(crate) fn send_again(&mut self) {
        if !self.sent.is_empty() {
            let (book, command) = self.sent[self.dice.below(self.sent.len())].clone();
            self.at_book(book, &[command]);
        }
    }

    fn institution(pool: Pool) -> InstitutionCode {
        format!("H{:06}00123", pool.code()).parse().expect("a code of an institution")
    }

    /// Who pays: mostly somebody with quota to spend, if there is anybody.
    fn patient(&mut self) -> usize {
        let lots = || self.books.iter().flat_map(|book| book.tables.lots.values());
        let spends = |person: &people::Person| {
            let own = |lot: &&LotRow| lot.terms.is_some_and(|terms| terms.beneficiary == person.id);
            lots().any(|lot| lot.state == LotState::Open && own(&lot))
        };
        let numbers = 0..self.persons.len();
        let rich: Vec<usize> = numbers.filter(|number| spends(&self.persons[*number])).collect();
        if rich.is_empty() || self.dice.one_in(4) {
            return self.dice.below(self.persons.len());
        }
        *self.dice.pick(&rich)
    }

    pub(crate) fn pay(&mut self) {
        let number = self.patient();
        let (patient, home) = (self.persons[number].id, self.book_of(self.persons[number].place));
        let book = if self.dice.one_in(16) { self.dice.below(self.books.len()) } else { home };
        let near: Vec<Pool> = self.pools.iter().copied().filter(|pool| self.book_of(*pool) == book).collect();
        let place = *self.dice.pick(&near);
        let personal = if self.dice.one_in(3) { self.dice.fen(250_000) } else { self.dice.fen(20_000) };
        let payment = PaymentId::new(self.ids.fresh(4));
        let serial = match self.payments.last() {
            Some((_, last)) if self.dice.one_in(16) => last.serial.clone(),
            _ => format!("serial-{payment}"),
        };
        let shared_wanted = match self.dice.below(6) {
            0 => SharedWanted::None,
            1 => SharedWanted::UpTo(Yuan::from_fen(self.dice.fen(5_000))),
            _ => SharedWanted::All,
        };
        let fen = Yuan::from_fen;
        let eligible = if self.dice.one_in(4) { self.dice.fen(personal) } else { personal };
        let pay = Pay {
            payment,
            patient,
            institution: Self::institution(place),
            institution_pool: place,
            serial,
            visit: "visit".to_owned(),
            med_type: "11".to_owned(),
            category: Category::Outpatient,
            service_time: self.now,
            cost: Cost {
                total: fen(personal + 1_000),
                fund: fen(900),
                institution: fen(100),
                personal: fen(personal),
                eligible: fen(eligible),
            },
            shared_wanted,
            max_cash: self.dice.one_in(3).then(|| fen(personal / 2)),
            frozen: Vec::new(),
        };
        self.payments.push((book, pay.clone()));
        self.send(book, BookCommand::Pay(pay));
    }

    pub(crate) fn refund(&mut self) {
        if self.payments.is_empty() {
            return;
        }
        let (book, pay) = self.payments[self.dice.below(self.payments.len())].clone();
        let personal = pay.cost.personal.fen();
        let amount = if self.dice.one_in(3) { personal } else { self.dice.fen(personal) };
        let refund = Refund {
            refund: RefundId::new(self.ids.fresh(5)),
            payment: pay.payment,
            institution: pay.institution,
            kind: RefundKind::GoodsReturned,
            amount: Yuan::from_fen(amount),
            cost: None,
        };
        self.send(book, BookCommand::Refund(refund));
    }

    /// An institution takes back a payment, mostly one of whose answer it heard nothing.
    pub(crate) fn reverse(&mut self) {
        if let Some((book, pay)) = self.payments.last().cloned() {
            let (request, payment) = (self.ids.request(), pay.payment);
            let reverse =
                ReversePayment { request, payment, institution: pay.institution, serial: pay.serial };
            self.send(book, BookCommand::ReversePayment(reverse));
        }
    }

    /// Something about a person's wallet or account changes.
    pub(crate) fn wallet(&mut self) {
        let number = self.dice.below(self.persons.len());
        let (book, wallet) = (self.book_of(self.persons[number].place), self.persons[number].wallet);
        let freezing = FreezeWallet {
            request: self.ids.request(),
            wallet,
            reason: "suspicion".to_owned(),
            case_reference: "case".to_owned(),
        };
        let flag = self.dice.one_in(2);
        let command = match self.dice.below(6) {
            0 => BookCommand::FreezeWallet(freezing),
            1 | 2 => BookCommand::UnfreezeWallet(freezing),
            3 => BookCommand::SetAutoClaim(SetAutoClaim {
                request: freezing.request,
                wallet,
                auto_claim: flag,
            }),
            4 => people::open_wallet(&self.persons[number], flag),
            _ => {
                let fen = self.dice.fen(20_000);
                people::credit(&mut self.ids, &self.persons[number], fen)
            }
        };
        self.send(book, command);
    }
}
