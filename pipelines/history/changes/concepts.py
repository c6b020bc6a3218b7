"""What a privacy policy can promise, as words: the concepts whose coming or going changes its substance.

A policy says who does what with which data, for what, how long, and whether one may refuse. The table names
these things and the beginnings of the words for them in the languages most of the web's policies are in.
Two wordings that name the same concepts the same way say the same, as far as a table can tell; one that names
another recipient, or loses a "not", does not.

Kept as a table and not as a model so that a reader can look up why a change counts as one, and mend it.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

#: ``concept: stems``, going on in lines that begin with blanks. A stem matches a word's beginning; with
#: ``=`` before it, the whole word; with ``*``, any part of a word (compounds). ``_`` is a blank. Stems
#: are written without accents (ä: a, ß: ss, é: e).
_TABLE = """
not: =not =no =never =neither =nothing =none =without =nicht =kein =keine =keinen =keiner =keinem =keines
  =nie =niemals =ohne =weder =pas =jamais =aucun =aucune =sans =nunca =jamas =ningun =ninguna =ningunos
  =sin =tampoco =non =mai =senza =nessun =nessuna =nao =nem =sem =nenhum =nenhuma =niet =geen =nooit
  =zonder =bez =nigdy =не =нет =без =никогда =inte =ej =utan =aldrig =ikke =uden 않 없 아니 ません
  ないもの ない なく 不 没有 无 沒 未 無
may: reserve_the_right behalten_uns reservons_le_droit reserve_le_droit reservamos_el_derecho
  reserva_el_derecho riserviamo_il_diritto reservamos_o_direito 権利を留保 保留 =may =might =can =could
  =kann =konnen =konnte =konnten =darf =durfen =peut =peuvent =pouvons =pouvez =pourr =puede =pueden
  =podemos =podra =podran =podremos =podria =puo =possono =possiamo =potra =potremmo =potrebbe =potrebbero
  =potranno =pode =podem =poderemos =podera =poderao =kan =kunnen =mag =mogen =mozemy =moze =moga =может
  =могут =можем ことがあり 場合があり 場合がございます ことができ できます 可能 可以 수_있
must: =must =shall =required =obliged =muss =mussen =musst =verpflichtet =erforderlich =doit =doivent
  =devons =devez =obligatoire =debe =deben =debemos =debera =deberan =obligatori =obligad =deve =devono
  =dobbiamo =devem =devemos =devera =moet =moeten =verplicht =musi =musza =musimy =должен =должны =обязан
  必須 なければなり 必要があり 必须 應 应当 須 requir exigeons exigimos verlangen
only: =only =solely =exclusively =nur =ausschliesslich =lediglich =uniquement =seulement =exclusivement
  =solo =solamente =unicamente =exclusivamente =soltanto =esclusivamente =apenas =somente =alleen
  =uitsluitend =tylko =wylacznie =только =исключительно =endast =bara のみ だけ に限り 仅 只 僅
always: =always =immer =stets =toujours =siempre =sempre =altijd =zawsze =всегда 常に 始终 总是
except: =except =unless =ausser =sofern_nicht =es_sei_denn =sauf =excepto =salvo =tranne =exceto =tenzij
  =behalve =chyba_ze =кроме を除き 除外 除非
collect: collect gather obtain acqui erheb erfass sammel recueil recog recab recopil raccog raccol coleta
  recolh verzamel zbiera gromadz собира сбор 収集 取得 收集 수집
share: shar disclos divulg =provide_your =pass_on weitergeb weitergegeb weitergab ubermitt offenleg teilen
  partag communiqu compart comunic revel condivi divulgh verstrek =delen udostepn przekaz ujawn передава
  переда раскры 提供 開示 共有 披露 共享 제공
sell: sell =sold =sale_of =rent =rents =rented =renting =trade =trades verkauf vermiet =vend =vendre
  =vendons =vendues =vendu lou_ vender vendemos vendid alquil affitt verkop verhur sprzeda прода 販売 売却
  販売し 出售 出租 판매
store: retain retention =store =stores =stored =storing =storage =keep =keeps =kept speicher aufbewahr
  gespeichert conserv stock almacen armazen opslaan opgeslagen bewar przechow храни хранен 保存 保管 存储
  保留 보관
transfer: transfer transmi ubertrag traspas trasfer doorgeven doorgift 移転 转移 传输
combine: combin zusammenfuhr verknupf combinar 組み合わせ 结合
anonymous: anonym pseudonym agreg aggregat anonim deidentif de-identif 匿名 仮名 统计形式
encrypt: encrypt =ssl =tls verschlussel chiffr cryptage cifra encript crittogra versleut szyfr шифр 暗号
  加密
delete: delet eras =remove =removes =removed losch supprim efface elimin borra suprim cancella apag
  verwijder usun удал 削除 消去 删除 刪除 삭제
notify: notif benachricht powiad уведом 通知
name: =name =names =nom =noms =nome =nombre =naam =namen =vorname =nachname =prenom =apellid =imie
  =nazwisko =имя =фамили 氏名 名前 姓名 이름
email: =email =emails =mail =mails =courriel =correo =e-mail =mailadresse emailadresse email_addr
  email_adress adresse_email adresses_email adresse_electronique direccion_de_correo direcciones_de_correo
  correo_electronico indirizzo_email indirizzi_email endereco_de_email メールアドレス 電子メール 邮箱 邮件
  電子郵件 이메일
postal_address: =anschrift =adressen postanschrift =direccion =direcciones =domicilio =indirizzo =endereco
  =adres =adresu =адрес 住所 地址 주소 postal_addr mailing_addr home_addr street_addr billing_addr
  shipping_addr your_address adresse_postale
phone: phone telephon telefon telef 電話 电话 電話番号 手机 전화 телефон
location: standort geolocal geoloc ubicaci localisa posizion locatie lokalizacj местополож =gps 位置情報
  위치 =location =locations geolocat localizacion 位置信息
ip: =ip ip_addr ip_adress adresse_ip adresses_ip direccion_ip direcciones_ip indirizzo_ip indirizzi_ip
  endereco_ip ipアドレス ip地址
cookie: cookie クッキー =куки 쿠키 web_beacon =pixel pixels zahlpixel
device: device =gerat =gerate geraten geratekenn *gerate *gerat dispositi appareil apparaat urzadz
  устройств 端末 デバイス 设备 設備 기기 hardware
browser: browser navegador navigateur ブラウザ 浏览器 przegladar браузер
history: browsing history verlauf historique historial cronolog histor 閲覧履歴 履歴 浏览记录 历史记录
payment: payment credit_card debit_card =card =bank *zahlung zahlung kreditkart bankverb bankdat paiement
  carte_ bancair pago tarjeta bancari pagament carta_di cartao betaal creditcard platnic karty платеж карт
  クレジットカード 決済 支払 银行 信用卡 支付 결제 billing financ finanz
health: health medic gesundheit medizin sante salud medisch salute saude gezondheid zdrowi здоров 健康
  医療 医疗 건강
biometric: biometr fingerprint =face =facial fingerabdr gesicht visage huella impronte vingerafdr 生体
  指紋 顔認 生物识别 指纹 人脸 биометр
genetic: geneti genom dna_ =dna 遺伝 基因
belief: religio ethnic ethni =race =racial rassi *religio 宗教 政治 人種 民族 种族 sexual sexuell 性的指向
  性取向 gewerkschaft union_member political politisch opinions_politiques opiniones_politicas
  opinioni_politiche
age: =age =ages =birth birthda =alter =alters geburts =naissance =edad =nacimiento =nascita =eta =idade
  =nascimento =leeftijd =geboorte =wiek =возраст 年齢 生年月日 年龄 出生
gender: gender =sex =geschlecht =genre =sexe =genero =sexo =sesso =geslacht =plec 性別 性别
photo: photo =image =images =picture foto bild_ bilder =imagen =imagenes immagin 写真 画像 照片 图片 фото
audio: audio =voice microphon mikrofon =stimm sprachauf vocal =voix =voz microfon =voce 音声 マイク 语音
  声音 麦克风
video: video camera kamera カメラ 動画 摄像头 视频 видео
contacts: =contacts contact_list address_book kontaktlist adressbuch carnet_d_adresses lista_de_contactos
  agenda_de rubrica 連絡先 通讯录
purchase: purchas kaufverhalten einkauf =achats =compras =acquisti aankop 購入 购买 zakup покуп
employment: employment occupation =job =income =salary beruf einkommen emploi revenu empleo ingresos
  lavoro reddito emprego 職業 収入 职业 收入
identity_document: passport social_security driver_s_lic driver_lic =ssn ausweis reisepass fuhrerschein
  passeport permis_de_conduire pasaporte =dni passaporto paspoort rijbewijs 旅券 パスポート 運転免許 护照
  身份证
password: passw passwor mot_de_passe mots_de_passe contrasena =senha =senhas wachtwoord haslo парол
  パスワード 密码
message: =message =messages messaging nachricht =mensaje =mensajes =messaggi =mensagens berichten
  wiadomosc メッセージ 短信 消息
calls: =call_log anruf =appels =llamadas 通話 通话
third_party: third_part third-part thirdpart dritt tiers =tierce tercer terze_parti =terzi terceir derden
  =derde trzeci треть 第三者 第三方 제3자
partner: partner *partner socio_ =socios =parceir パートナー 提携 合作伙伴 партнер 파트너
affiliate: affiliat subsidiar =parent_company konzern tochterges verbundene_unternehmen
  verbundenen_unternehmen filial matriz affiliee =group_compan groupe gruppo grupo_ dochter spolk
  グループ会社 関連会社 関係会社 子会社 关联公司 子公司 계열사
advertiser: advertiser annonceur anunciante inserzionist adverteerder werbetreib 広告主 广告商
provider: service_provider vendor contractor processor dienstleist auftragsverarb prestatair sous-traitant
  soustraitant proveedor encargad fornitor_ responsabile fornecedor prestador dienstverlen leverancier
  dostawc подрядчик 委託 業務委託先 服务提供商 供应商 수탁 service-provider fornitori supplier subcontract
authority: law_enforcement authorit government police behord polizei strafverfolg autorit autorid gobierno
  policia tribunal governo polizia overheid politie rechtbank wladz полици суд 警察 裁判所 公的機関 司法
  政府 执法 法院 =gericht =gerichte gerichtlich =court =courts
researcher: researcher forscher chercheur investigador ricercator 研究者 研究人员
employer: employer arbeitgeber employeur empleador datore_di empregador werkgever 雇用主 雇主
insurer: insur asegurador seguradora 保険 保险 assureur assurance versicherung versicherer assicurazion
  assicurator verzekeraar verzekering
broker: broker datenhandl courtier
social_network: social_net social_media soziale_netz sozialen_netz reseaux_soci redes_soci social_netw
  社交 ソーシャル
successor: merger acquisition successor bankrupt fusion_ insolv adquisicion fusione rechtsnachfolg 合併
  事業譲渡 合并 收购
advertising: advert =ads =ad *werbung werbe werbung werbli publicit publicid pubblicit advertent reklam
  реклам 広告 广告 廣告 광고 targeted
marketing: marketing promot newslett promoci promoz werbemail direktwerb mailing マーケティング
  ニュースレター メールマガジン 营销 推广 마케팅 маркетинг
analytics: analyt analys statist estadist anali 分析 統計 解析 统计 통계
personalise: personnalis customiz customis individualis massgeschneid パーソナライズ 个性化 個人化
  personaliz personalis
profile: profil perfil プロファイル 画像分析 用户画像
automated: automated_dec automatisiert automatisee automatizad automatizz 自動化された 自动化决策 自动决策
track: track_ =track =tracks tracking =tracked monitor verfolg nachverfolg suiv_ =suivi =pister rastre
  tracci 追跡 跟踪 追踪 추적
research: =research forschung =recherche =investigacion =ricerca =pesquisa 研究 연구
fraud: fraud betrug fraude frode 不正 欺诈 мошен
ai: artificial_intell machine_learn ai_model ai_system ai_tool kunstliche intelligence_artif
  inteligencia_artif intelligenza_artif 人工知能 機械学習 人工智能 机器学习 train_ training_of
portability: portab ubertragbarkeit portabilit overdraagb ポータビリティ 可携
object: =object =objection widersprech widerspruch oppos opposi opon bezwaar sprzeciw 異議 反对
withdraw: withdraw revok widerruf widerrufen retir revoc intrek wycof 撤回
complaint: complain beschwerde reclamation =plainte reclamacion reclamo reclamacao klacht skarg 苦情 投诉
opt_out: opt_out optout opt-out unsubscrib abmeld abbestell desabonn desinscri darse_de_baja =baja afmeld
  オプトアウト 配信停止 退订
opt_in: opt_in optin opt-in =subscribe anmeld_ オプトイン
consent: =accord =accords einverstand agree_to =permission einwillig zustimm consentem autoris autoriz
  consentim toestemming zgod соглас 同意 동의 =consent =consents =consented =consenting =consenso
legitimate_interest: legitimate_int berechtigte interet_legitime interets_legitimes interes_legitimo
  interesse_legitt legittimo gerechtvaardigd 正当な利益 正当利益 合法利益
contract: =contract =contractual vertrag contrat_ =contrat contrato contratto umow договор 契約 合同
legal_duty: legal_obl required_by_law gesetzlich_verpfl obligation_legale obligacion_legal obbligo_legale
  wettelijke 法令 法律义务
child: child kinder =kind minderjahr enfant mineur =nino =ninos =ninas menor_ menores =bambin minori
  crianca kinderen dzieci дет_ детей ребен 児童 未成年 子供 儿童 아동 =minors minor_child
law_gdpr: =gdpr =dsgvo =rgpd =avg
law_ccpa: =ccpa =cpra california_consumer
law_coppa: =coppa
law_hipaa: =hipaa
law_lgpd: =lgpd
privacy_shield: privacy_shield プライバシーシールド
safe_harbor: safe_harbor
standard_clauses: standard_contractual standardvertrags clauses_contract clausulas_contract
  clausole_contratt 標準契約 标准合同
end_to_end: end_to_end ende_zu_ende bout_en_bout extremo_a_extremo エンドツーエンド 端到端
in_transit: in_transit =transit
at_rest: at_rest
region_eu: european_union =eu =eea =eea_ =ewr europaisch union_europ =eee =ue union_europea =europe
  =europa =europaischen 欧州 欧盟 =uk united_kingdom =grossbritannien royaume-uni
region_us: united_states =usa =u.s etats-unis etats_unis vereinigte_staaten vereinigten_staaten
  estados_unidos =eeuu stati_uniti 米国 アメリカ 美国
country_de: =germany =deutschland allemagne alemania germania ドイツ 德国
country_fr: =france =frankreich francia フランス 法国
country_es: =spain =spanien espagne espana spagna スペイン 西班牙
country_ie: =ireland =irland irlande irlanda
country_jp: =japan =japon giappone 日本国内 日本
country_cn: =china =chine 中国 中華
country_in: =india =indien =inde インド 印度
country_ca: =canada =kanada カナダ 加拿大
country_ch: =switzerland =schweiz =suisse suiza svizzera スイス 瑞士
time_hour: =hour =hours =stunde =stunden =heure =heures =hora =horas =ora =ore =uur 時間 小时
time_day: =day =days =tag =tage =tagen =jour =jours =dia =dias =giorno =giorni =dag =dagen =dni =dzien
  =день =дней 日間 日以内 天内 天 일
time_week: =week =weeks =woche =wochen =semaine =semaines =semana =semanas =settiman =weken =tydzien
  =недел 週間 周内
time_month: =month =months =monat =monate =monaten =mois =mes =meses =mese =mesi =maand =maanden =miesiac
  =месяц か月 ヶ月 ヵ月 个月 개월
time_year: =year =years =jahr =jahre =jahren =ans =annee =annees =ano =anos =anni =anno =jaar =jaren =lat
  =rok =год =лет 年間 年内 년
percent: =% percent prozent =pourcent =pour_cent =por_ciento =porciento =per_cent =per_cento =por_cento
  procent процент パーセント 百分之
dollar: =$ dollar =dolar =dolares =usd доллар ドル 美元 달러
cent: =¢
euro: =€ =euro =euros =eur евро ユーロ 欧元 유로
pound: =£ =gbp
lira: =₤ =₺
yen: =¥ =yen =jpy =cny =rmb 日元 人民币
won: =₩
shekel: =₪
dong: =₫
peso: =₱
hryvnia: =₴
rupee: =₹ =rupee =rupees =inr
rouble: =₽ рубл
ne: =ne =n
nothing_said: not_hesitate zogern_sie_nicht n_hesitez_pas hesitez_pas hesite_pas no_dude non_esita
  nao_hesit you_may you_can you_could sie_konnen konnen_sie vous_pouvez pouvez_vous age_of ages_of
  years_of_age years_old year_old ans_revolus anos_de_edad keep_you_
indefinite: indefinit unbegrenzt unbefristet indefini 無期限 无限期 permanent dauerhaft
google: google doubleclick グーグル 谷歌
facebook: facebook =meta フェイスブック
twitter: twitter
amazon: amazon =aws
microsoft: microsoft =bing
matomo: matomo piwik
hotjar: hotjar
paypal: paypal
stripe: =stripe
"""

_NUMBERS = {
    word: str(number)
    for number, words in {
        2: "two zwei deux dois duas twee dwa два",
        3: "three drei trois tre drie trzy три",
        4: "four vier quatre cuatro quattro quatro cztery четыре",
        5: "five funf cinq cinco cinque vijf piec пять",
        6: "six sechs seis zes szesc шесть",
        7: "seven sieben sept siete sette sete zeven siedem семь",
        8: "eight acht huit ocho otto oito osiem восемь",
        9: "nine neun neuf nueve nove negen dziewiec девять",
        10: "ten zehn dix diez dieci dez tien dziesiec десять",
        12: "twelve zwolf douze doce dodici doze twaalf dwanascie двенадцать",
        13: "thirteen dreizehn treize trece tredici treze dertien",
        14: "fourteen vierzehn quatorze catorce quattordici veertien",
        16: "sixteen sechzehn seize dieciseis sedici dezesseis zestien",
        18: "eighteen achtzehn dix-huit dieciocho diciotto dezoito achttien",
        24: "twentyfour vierundzwanzig",
        30: "thirty dreissig trente treinta trenta trinta dertig trzydziesci тридцать",
        60: "sixty sechzig soixante sesenta sessanta sessenta zestig",
        90: "ninety neunzig noventa novanta negentig",
    }.items()
    for word in words.split()
}
# Spanish two and three are also Portuguese "of the" and French "very", so they count before a unit only.
_BEFORE_UNITS = {"dos": "2", "tres": "3"}
_UNITS = frozenset({"anos", "meses", "dias", "semanas", "horas"})
TIME_UNITS = frozenset({"time_hour", "time_day", "time_week", "time_month", "time_year"})
"""Concepts that only measure: "under 13" and "under 13 years" say the same."""
_SILENT = "nothing_said"  # phrases in which a word of another concept means nothing of its own
_MOST_STEM = 24
_CJK_START = "\u2e80"
_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def _read_table() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The table as three dictionaries: stems of beginnings, whole words, stems inside words."""
    begins: dict[str, str] = {}
    whole: dict[str, str] = {}
    inside: dict[str, str] = {}
    for line in _TABLE.strip().replace("\n  ", " ").splitlines():
        concept, _, stems = line.partition(": ")
        for stem in stems.split():
            plain = stem.lstrip("=*").replace("_", " ")
            (whole if stem[0] == "=" else inside if stem[0] == "*" else begins)[plain] = concept
    return begins, whole, inside


_BEGINS, _WHOLE, _INSIDE = _read_table()


def concepts(words: tuple[str, ...]) -> Counter[str]:
    """How often each concept is named in ``words`` (folded: lower case, without accents).

    At each word the longest stem wins, and the words it covers are not looked at again.
    """
    found: Counter[str] = Counter()
    text = _joined(words)
    position = 0
    while position < len(text):
        step, concept = _at(text, position)
        if concept and concept != _SILENT:
            found[concept] += 1
        position += step
    return found


def numbers(words: tuple[str, ...]) -> frozenset[str]:
    """The numbers in ``words``, whether written as digits or as one of the usual number words."""
    found = {_NUMBERS.get(word, word.lstrip("0") or "0") for word in words if word.isdecimal() or word in _NUMBERS}
    found |= {_BEFORE_UNITS[word] for word, unit in pairwise(words) if word in _BEFORE_UNITS and unit in _UNITS}
    return frozenset(found)


def _joined(words: tuple[str, ...]) -> str:
    """Words parted by blanks, but CJK characters side by side: their words have no blanks between."""
    parts: list[str] = []
    for word in words:
        if parts and not (word[0] >= _CJK_START and parts[-1][-1] >= _CJK_START):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)


def _at(text: str, start: int) -> tuple[int, str | None]:
    """The concept named at ``start``, and how far to go on from there."""
    spaceless = bool(_CJK.match(text, start))
    limit = min(len(text), start + _MOST_STEM)
    for end in range(limit, start, -1):
        piece = text[start:end]
        concept = _BEGINS.get(piece)
        if concept is None and (end == len(text) or text[end] == " "):
            concept = _WHOLE.get(piece)
        if concept:
            return (end if spaceless else _next_word(text, end)) - start, concept
    if spaceless:
        return 1, None
    stop = _next_word(text, start)
    word = text[start:stop]
    compound = next((name for stem, name in _INSIDE.items() if stem in word), None) if len(word) > 9 else None
    return stop - start, compound


def _next_word(text: str, position: int) -> int:
    """Where the next word begins: after the next blank, or at the next CJK character."""
    while position < len(text) and text[position] != " ":
        if text[position] >= _CJK_START:
            return position
        position += 1
    return position + 1
