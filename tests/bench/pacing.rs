//! How well the pace is found against every kind of server, as a table in Markdown.
//!
//! `cargo bench --bench pacing`. All time is virtual; it takes seconds.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "the simulation reads as it does among the tests"
)]
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

#[path = "../cli/pacing/recoveries.rs"]
#[allow(dead_code, reason = "the tests hold it to more")]
mod recoveries;
#[path = "../cli/pacing/simulation.rs"]
mod simulation;

use simulation::{Cell, HEADERS, LATENCIES, LIMITS, Neighbour, POLICIES, shared};

fn main() {
    let mut missed = 0;
    for (neighbour, title) in [
        (Neighbour::Nobody, "Alone"),
        (
            Neighbour::TakesHalf,
            "Beside a client that takes a steady half",
        ),
    ] {
        println!("## {title}\n");
        println!("Throughput in % of what is allowed / requests answered 429 in %, by latency.\n");
        println!("| limit | policy | headers | 20 ms | 80 ms | 300 ms | 1000 ms |");
        println!("|---|---|---|---|---|---|---|");
        for limit in LIMITS {
            for policy in POLICIES {
                for headers in HEADERS {
                    let figures = LATENCIES.map(|latency| {
                        let cell = Cell {
                            limit,
                            latency,
                            policy,
                            headers,
                            neighbour,
                        };
                        let outcome = cell.run();
                        let good = outcome.is_good(neighbour);
                        missed += u32::from(!good);
                        let mark = if good { "" } else { " !" };
                        format!(
                            "{:.1} / {:.2}{mark}",
                            outcome.throughput * 100.0,
                            outcome.refused * 100.0
                        )
                    });
                    println!(
                        "| {limit}/s | {} | {} | {} |",
                        format!("{policy:?}").to_lowercase(),
                        format!("{headers:?}").to_lowercase().replace("on", "on "),
                        figures.join(" | ")
                    );
                }
            }
        }
        println!();
    }
    println!("{missed} cells miss the goal.");
    let others = simulation::others();
    let outcomes: Vec<_> = others.iter().map(|cell| cell.run()).collect();
    let missed: Vec<_> = outcomes
        .iter()
        .filter(|outcome| !outcome.is_good(Neighbour::Nobody))
        .collect();
    let least = outcomes.iter().map(|outcome| outcome.throughput);
    let most = outcomes.iter().map(|outcome| outcome.refused);
    println!(
        "Of {} cells with other limits and latencies, by which no constant was chosen, {} miss it; the least throughput is \
         {:.1} %, the most 429s are {:.2} %.",
        others.len(),
        missed.len(),
        100.0 * least.fold(f64::INFINITY, f64::min),
        100.0 * most.fold(0.0, f64::max)
    );
    println!("\n## Windows of any length, and changes\n");
    println!(
        "By the found pace alone at 50 ms; requests refused without one for each 5 s in which nothing was accepted.\n"
    );
    println!("| server | rows | took | ideal | at most | 429s |");
    println!("|---|---|---|---|---|---|");
    for course in recoveries::courses() {
        let fared = course.run();
        let mark = if fared.is_good(&course) { "" } else { " !" };
        println!(
            "| {} | {} | {:.0} s | {:.0} s | {:.0} s | {}{mark} |",
            course.name, course.rows, fared.took, course.ideal, course.most, fared.refused
        );
    }
    println!("\n## Two clients on one limit, the second of which leaves after two minutes\n");
    println!(
        "What each has of all that is accepted, and what the first uses of the limit from 25 s after that on; %.\n"
    );
    println!("| limit | policy | first | second | alone |");
    println!("|---|---|---|---|---|");
    for limit in [10, 50] {
        for policy in POLICIES {
            let ([first, second], alone) = shared(limit, policy, 240, 25);
            println!(
                "| {limit}/s | {} | {:.0} | {:.0} | {:.1} |",
                format!("{policy:?}").to_lowercase(),
                first * 100.0,
                second * 100.0,
                alone * 100.0
            );
        }
    }
}
