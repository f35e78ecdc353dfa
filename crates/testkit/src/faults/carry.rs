//! One call on its way through the proxy.

use std::{future::pending, io, sync::Arc};

use hyper::{Request, Response, body::Incoming};

use super::{
    Road,
    body::{self, Reply, Treatment},
    parcel::{Parcel, broken},
    plan::Active,
    rule::{Fault, Loss, When},
    wire::Knife,
};

const UNAVAILABLE: i32 = 14;

/// Carries a call, with the fault of the rule that has it.
pub(super) async fn carry(
    road: Arc<Road>,
    knife: Arc<Knife>,
    request: Request<Incoming>,
) -> io::Result<Response<Reply>> {
    let parcel = Parcel::take(request).await?;
    if road.partition.takes_request() {
        road.partition.healed().await;
        return Err(broken());
    }
    let Some(rule) = road.plan.pick(parcel.path()) else {
        return road.pass(parcel, Treatment::None).await;
    };
    match rule.rule().fault().clone() {
        Fault::DropRequest(loss) => {
            rule.hit();
            lose(loss).await
        }
        Fault::DropReply(loss) => {
            let path = parcel.path().to_owned();
            let status = road.upstream.deliver(parcel).await;
            road.plan.answered(&path);
            rule.hit_with(status);
            lose(loss).await
        }
        Fault::Twice => {
            let (copy, other) = (parcel.clone(), Arc::clone(&road));
            tokio::spawn(async move { rule.hit_with(other.upstream.deliver(copy).await) });
            road.pass(parcel, Treatment::None).await
        }
        Fault::Again(when) => {
            later(&road, rule, when, parcel.clone());
            road.pass(parcel, Treatment::None).await
        }
        Fault::Late(when) => {
            later(&road, rule, when, parcel);
            lose(Loss::Broken).await
        }
        Fault::Delay(pause) => {
            tokio::time::sleep(pause).await;
            rule.hit();
            road.pass(parcel, Treatment::None).await
        }
        Fault::Swap { behind, patience } => {
            if road.plan.overtaken(&behind, patience).await {
                rule.hit();
            }
            road.pass(parcel, Treatment::None).await
        }
        Fault::Cut { after } => road.pass(parcel, Treatment::Cut { after, knife, rule }).await,
        Fault::Trickle(pause) => road.pass(parcel, Treatment::Trickle { pause, rule }).await,
        Fault::Answer(code) => {
            rule.hit();
            Ok(body::status(code))
        }
    }
}

async fn lose(loss: Loss) -> io::Result<Response<Reply>> {
    match loss {
        Loss::Broken => Err(broken()),
        Loss::Unavailable => Ok(body::status(UNAVAILABLE)),
        Loss::Silent => pending().await,
    }
}

/// Sends a request later, whatever becomes of its caller.
fn later(road: &Arc<Road>, rule: Arc<Active>, when: When, parcel: Parcel) {
    match when {
        When::OnCommand => rule.hold(parcel),
        When::After(pause) => {
            let road = Arc::clone(road);
            tokio::spawn(async move {
                tokio::time::sleep(pause).await;
                rule.hit_with(road.upstream.deliver(parcel).await);
            });
        }
    }
}

impl Road {
    async fn pass(self: Arc<Self>, parcel: Parcel, treatment: Treatment) -> io::Result<Response<Reply>> {
        let path = parcel.path().to_owned();
        let (head, body) = self.upstream.send(parcel).await?.into_parts();
        self.plan.answered(&path);
        if self.partition.takes_reply() {
            self.partition.healed().await;
            return Err(broken());
        }
        if let Treatment::Cut { after: 0, knife, rule } = &treatment {
            knife.draw(Arc::clone(rule));
        }
        Ok(Response::from_parts(head, body::pass(body, self, treatment)))
    }
}
