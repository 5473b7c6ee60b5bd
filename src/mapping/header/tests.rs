use super::*;

const PHONE: Role = Role::Identifier(Some(Kind::Phone));
const EMAIL: Role = Role::Identifier(Some(Kind::Email));
const ID: Role = Role::Identifier(Some(Kind::Id));
const NEW: Role = Role::Assignee(Time::New);
const CURRENT: Role = Role::Assignee(Time::Current);
const ASSIGNEE: Role = Role::Assignee(Time::Any);

#[test]
fn usual_names_have_a_role_and_others_have_none() {
    for (name, expected) in [
        ("Contact", Role::Identifier(None)),
        ("Contact ID", ID),
        ("Mobile No.", PHONE),
        ("Contact No.", PHONE),
        ("Email ID", EMAIL),
        ("Phone Number (with country code)", PHONE),
        ("Assigned to", ASSIGNEE),
        ("Encargado de cliente", ASSIGNEE),
        ("Assignee (email)", ASSIGNEE),
        ("Contact owner", ASSIGNEE),
        ("Owner's e-mail", ASSIGNEE),
        ("Agent name", Role::AssigneeName(Time::Any)),
        ("Name of new owner", Role::AssigneeName(Time::New)),
        ("Nombre del responsable", Role::AssigneeName(Time::Any)),
        ("担当者名", Role::AssigneeName(Time::Any)),
        ("Country", Role::Country),
        ("Customer country", Role::Country),
    ] {
        assert_eq!(role(name), Some(expected), "{name}");
    }
    for name in [
        "Name",
        "Customer name",
        "Agent phone",
        "Assigned at",
        "New phone",
        "Old email",
        "Customer user ID",
        "Owner (until May)",
        "reassign_contact",
        "",
        "+60123456789",
        "Notes",
        "Status",
    ] {
        assert_eq!(role(name), None, "{name}");
    }
}

#[test]
fn ten_languages_are_understood() {
    for (name, expected) in [
        ("Teléfono del cliente", PHONE),
        ("Correo electrónico", EMAIL),
        ("Asignado a", ASSIGNEE),
        ("Responsable actual", CURRENT),
        ("Nuevo propietario", NEW),
        ("Nº de telefone", PHONE),
        ("E-mail do contato", EMAIL),
        ("Novo responsável", NEW),
        ("Responsável atual", CURRENT),
        ("Handynummer", PHONE),
        ("E-Mail-Adresse", EMAIL),
        ("Zuständig", ASSIGNEE),
        ("Bisheriger Betreuer", CURRENT),
        ("Neuer Betreuer", NEW),
        ("Numéro de téléphone", PHONE),
        ("Adresse e-mail", EMAIL),
        ("Assigné à", ASSIGNEE),
        ("Ancien propriétaire", CURRENT),
        ("Nouveau responsable", NEW),
        ("Cellulare", PHONE),
        ("Posta elettronica", EMAIL),
        ("Assegnato a", ASSIGNEE),
        ("Responsabile attuale", CURRENT),
        ("Nuovo responsabile", NEW),
        ("Telefoonnummer", PHONE),
        ("Toegewezen aan", ASSIGNEE),
        ("Huidige eigenaar", CURRENT),
        ("Nieuwe eigenaar", NEW),
        ("No. HP", PHONE),
        ("Alamat e-mel", EMAIL),
        ("Ditugaskan kepada", ASSIGNEE),
        ("Penanggung jawab saat ini", CURRENT),
        ("Pemilik baru", NEW),
        ("手机号码", PHONE),
        ("客戶電話", PHONE),
        ("電子郵件", EMAIL),
        ("负责人", ASSIGNEE),
        ("原负责人", CURRENT),
        ("新負責人電郵", NEW),
        ("国家/地区", Role::Country),
        ("携帯電話番号", PHONE),
        ("顧客の電話番号", PHONE),
        ("メールアドレス", EMAIL),
        ("担当者", ASSIGNEE),
        ("変更前の担当者", CURRENT),
        ("新しい担当者ID", NEW),
        ("Land", Role::Country),
        ("País", Role::Country),
    ] {
        assert_eq!(role(name), Some(expected), "{name}");
    }
}

#[test]
fn the_new_one_and_the_current_one_are_told_apart() {
    for name in [
        "New owner",
        "New Contact Owner",
        "Owner (new)",
        "Next agent",
        "Owner ID (New)",
        "To agent",
    ] {
        assert_eq!(role(name), Some(NEW), "{name}");
    }
    for name in [
        "Current owner",
        "Old agent email",
        "Previous assignee",
        "Owner - old",
        "From user",
    ] {
        assert_eq!(role(name), Some(CURRENT), "{name}");
    }
    for (name, time) in [
        ("From", Time::Current),
        ("To", Time::New),
        ("Alt", Time::Current),
        ("Neu", Time::New),
        ("変更前", Time::Current),
        ("変更後", Time::New),
        ("De", Time::Current),
        ("Para", Time::New),
    ] {
        assert_eq!(role(name), Some(Role::Bare(time)), "{name}");
    }
}

#[test]
fn a_long_name_takes_no_time() {
    assert_eq!(role(&"new ".repeat(17)), None);
    let _ = role(&"ne w".repeat(16));
    assert_eq!(role(&"新".repeat(20_000)), None);
}
