//! The caller: a role, what it speaks for, and in local mode the development token that says both.
//!
//! Scope checks restrict only the roles whose scope is of that kind: a pooling area binds operators and
//! agencies, a person binds citizens, an institution code binds institutions. What the table let through
//! beside them is not narrowed.

use std::fmt::Display;

use uuid::Uuid;

use crate::status::Refusal;

/// What kind of caller this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// 参保人: the citizens' app back-end, on behalf of one person.
    Citizen,
    /// 经办: a counter operator of one pooling area.
    Operator,
    /// 定点医药机构: a connector for its institution codes.
    Institution,
    /// 省级经办机构: a province's agency.
    Agency,
    /// 国家中心: the settlement operator.
    Centre,
    /// 审计: reads everything, writes nothing.
    Auditor,
    /// The identity service.
    Identity,
    /// The kinship registry.
    Kinship,
    /// The wallet service of one book.
    Wallet,
    /// The settlement service.
    Settlement,
}

/// What a caller speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One person.
    Person(Uuid),
    /// One pooling area, six digits.
    Pool(String),
    /// Institution codes.
    Institutions(Vec<String>),
    /// One province, two digits.
    Province(String),
    /// One book, `32-01`.
    Book(String),
    /// The whole country.
    Country,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its role.
    pub role: Role,
    /// What it speaks for.
    pub scope: Scope,
    /// The human or machine behind the credential, where it says so: a second person has another name.
    pub name: Option<String>,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 10] = [
        Self::Citizen,
        Self::Operator,
        Self::Institution,
        Self::Agency,
        Self::Centre,
        Self::Auditor,
        Self::Identity,
        Self::Kinship,
        Self::Wallet,
        Self::Settlement,
    ];

    /// The word in credentials and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Operator => "operator",
            Self::Institution => "institution",
            Self::Agency => "agency",
            Self::Centre => "centre",
            Self::Auditor => "auditor",
            Self::Identity => "identity",
            Self::Kinship => "kinship",
            Self::Wallet => "wallet",
            Self::Settlement => "settlement",
        }
    }
}

impl Caller {
    /// A caller of a scope.
    pub const fn new(role: Role, scope: Scope) -> Self {
        Self { role, scope, name: None }
    }

    /// Reads `authorization: Bearer dev:<role>:<scope>[:<name>]`. Local mode only.
    pub fn from_development_token(headers: &http::HeaderMap) -> Option<Self> {
        let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Self::parse(token.trim())).flatten()
    }

    /// Reads `dev:<role>:<scope>[:<name>]`; `dev:centre` and `dev:auditor` need no scope.
    pub fn parse(token: &str) -> Option<Self> {
        let mut parts = token.strip_prefix("dev:")?.splitn(3, ':');
        let (role, scope) = (parts.next()?, parts.next().unwrap_or_default());
        let name = match parts.next() {
            Some(name) => Some(named(name)?),
            None => None,
        };
        let (role, scope) = match role {
            "citizen" => (Role::Citizen, Scope::Person(person(scope)?)),
            "operator" => (Role::Operator, Scope::Pool(digits(scope, 6)?)),
            "institution" => (Role::Institution, Scope::Institutions(institutions(scope)?)),
            "agency" => (Role::Agency, Scope::Province(digits(scope, 2)?)),
            "centre" => (Role::Centre, country(scope)?),
            "auditor" => (Role::Auditor, country(scope)?),
            "service" => service(scope)?,
            _ => return None,
        };
        Some(Self { role, scope, name })
    }

    /// The token that [`Self::parse`] reads back.
    pub fn token(&self) -> String {
        let role = self.role.name();
        let token = match (&self.scope, self.role) {
            (Scope::Person(person), _) => format!("dev:{role}:{person}"),
            (Scope::Pool(code) | Scope::Province(code), _) => format!("dev:{role}:{code}"),
            (Scope::Institutions(codes), _) => format!("dev:{role}:{}", codes.join(",")),
            (Scope::Book(book), _) => format!("dev:service:{role}-{book}"),
            (Scope::Country, Role::Identity | Role::Kinship | Role::Settlement) => {
                format!("dev:service:{role}")
            }
            (Scope::Country, _) => format!("dev:{role}:"),
        };
        match &self.name {
            Some(name) => format!("{token}:{name}"),
            None => token.trim_end_matches(':').to_owned(),
        }
    }

    /// Role and scope without the human or machine behind them: to whom an assertion is given, and from whom it is
    /// accepted.
    pub fn party(&self) -> String {
        let party = Self { name: None, ..self.clone() }.token();
        party.strip_prefix("dev:").unwrap_or(&party).to_owned()
    }

    /// True for a service of ours.
    pub const fn is_service(&self) -> bool {
        matches!(self.role, Role::Identity | Role::Kinship | Role::Wallet | Role::Settlement)
    }

    /// The person a citizen's back-end speaks for.
    pub const fn person(&self) -> Option<Uuid> {
        match self.scope {
            Scope::Person(person) => Some(person),
            _ => None,
        }
    }

    /// A citizen must be this person.
    ///
    /// # Errors
    /// OUT_OF_SCOPE for another person.
    pub fn acts_for(&self, person: Uuid) -> Result<(), Refusal> {
        self.acts_for_one_of(&[person])
    }

    /// A citizen must be one of these persons (the parties of a bond or a transfer).
    ///
    /// # Errors
    /// OUT_OF_SCOPE for anybody else.
    pub fn acts_for_one_of(&self, parties: &[Uuid]) -> Result<(), Refusal> {
        match &self.scope {
            Scope::Person(own) if !parties.contains(own) => Err(out_of_scope("person", "本人")),
            _ => Ok(()),
        }
    }

    /// An operator must be of this pooling area, an agency of its province.
    ///
    /// # Errors
    /// OUT_OF_SCOPE for another area.
    pub fn in_pool(&self, pool: impl Display) -> Result<(), Refusal> {
        self.in_one_of_pools([pool])
    }

    /// An operator or agency must cover one of these pooling areas.
    ///
    /// # Errors
    /// OUT_OF_SCOPE if it covers none.
    pub fn in_one_of_pools<P: Display>(&self, pools: impl IntoIterator<Item = P>) -> Result<(), Refusal> {
        let mut codes = pools.into_iter().map(|pool| pool.to_string());
        match &self.scope {
            Scope::Pool(own) if !codes.any(|code| &code == own) => {
                Err(out_of_scope("pooling area", "本统筹区"))
            }
            Scope::Province(own) if !codes.any(|code| code.get(..2) == Some(own)) => {
                Err(out_of_scope("province", "本省"))
            }
            _ => Ok(()),
        }
    }

    /// An agency must be of this province (two digits), an operator's pooling area lie in it.
    ///
    /// # Errors
    /// OUT_OF_SCOPE for another province.
    pub fn in_province(&self, province: impl Display) -> Result<(), Refusal> {
        let province = province.to_string();
        match &self.scope {
            Scope::Pool(own) | Scope::Province(own) if own.get(..2) != Some(&province) => {
                Err(out_of_scope("province", "本省"))
            }
            _ => Ok(()),
        }
    }

    /// An institution's connector must hold this code.
    ///
    /// # Errors
    /// OUT_OF_SCOPE for another institution.
    pub fn holds_institution(&self, code: impl Display) -> Result<(), Refusal> {
        let code = code.to_string();
        match &self.scope {
            Scope::Institutions(own) if !own.contains(&code) => Err(out_of_scope("institution", "本机构")),
            _ => Ok(()),
        }
    }

    /// A wallet service must keep this book.
    ///
    /// # Errors
    /// OUT_OF_SCOPE for another book.
    pub fn keeps_book(&self, book: impl Display) -> Result<(), Refusal> {
        let book = book.to_string();
        match &self.scope {
            Scope::Book(own) if *own != book => Err(out_of_scope("book", "本账簿")),
            _ => Ok(()),
        }
    }
}

fn out_of_scope(kind: &str, zh: &str) -> Refusal {
    Refusal::denied(
        "OUT_OF_SCOPE",
        format!("the credential is for another {kind}"),
        format!("凭证范围不符：仅可办理{zh}的业务"),
    )
    .what_to_do(format!("use a credential of the {kind} concerned"), "请使用对应范围的凭证")
}

/// Lower case with hyphens is the only spelling of an id on the wire.
fn person(scope: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(scope).ok()?;
    (id.to_string() == scope).then_some(id)
}

fn digits(scope: &str, length: usize) -> Option<String> {
    let shaped = scope.len() == length && scope.bytes().all(|byte| byte.is_ascii_digit());
    shaped.then(|| scope.to_owned())
}

fn institutions(scope: &str) -> Option<Vec<String>> {
    let codes: Vec<String> = scope.split(',').map(str::to_owned).collect();
    let shaped =
        |code: &String| code.strip_prefix(['H', 'P']).is_some_and(|number| digits(number, 11).is_some());
    codes.iter().all(shaped).then_some(codes)
}

fn country(scope: &str) -> Option<Scope> {
    scope.is_empty().then_some(Scope::Country)
}

fn service(scope: &str) -> Option<(Role, Scope)> {
    match scope {
        "identity" => Some((Role::Identity, Scope::Country)),
        "kinship" => Some((Role::Kinship, Scope::Country)),
        "settlement" => Some((Role::Settlement, Scope::Country)),
        _ => {
            let book = scope.strip_prefix("wallet-")?;
            let (province, number) = book.split_once('-')?;
            let shaped = digits(province, 2).is_some() && digits(number, 2).is_some();
            shaped.then(|| (Role::Wallet, Scope::Book(book.to_owned())))
        }
    }
}

fn named(name: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    ((1..=32).contains(&name.len()) && name.bytes().all(plain)).then(|| name.to_owned())
}
